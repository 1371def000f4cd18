import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { ownFiles, ownFolders } from './own-files.js';

/** Where a replaced run waits, whole, until the new one has finished a unit. */
const REPLACED = '.replaced-run';
/** Where it is while its files are moved, one by one, there or back. */
const MOVING = '.moving-run';

/** Sets the run in a directory aside: all that it wrote, and nothing else. */
export async function setAside(directory: string): Promise<void> {
  await move(directory, join(directory, MOVING), await ownFiles(directory));
  await removeFolders(directory);
  await rename(join(directory, MOVING), join(directory, REPLACED));
}

/** Deletes what a run wrote, and puts back the one that was set aside for it, if any. */
export async function putBack(directory: string): Promise<void> {
  for (const file of await ownFiles(directory)) await rm(join(directory, file), { force: true });
  await removeFolders(directory);
  if (existsSync(join(directory, REPLACED))) {
    await rename(join(directory, REPLACED), join(directory, MOVING));
    await moveBack(directory);
  }
}

/** Deletes the run that was set aside. */
export async function discard(directory: string): Promise<void> {
  await rm(join(directory, REPLACED), { recursive: true, force: true });
}

/**
 * Ends what a killed process had begun: a run that was being moved is put back; one that was set aside, too, unless the run
 * that replaced it has finished units.
 */
export async function recover(directory: string, units: () => Promise<number>): Promise<void> {
  if (existsSync(join(directory, MOVING))) await moveBack(directory);
  if (!existsSync(join(directory, REPLACED))) return;
  if ((await units()) > 0) await discard(directory);
  else await putBack(directory);
}

async function moveBack(directory: string): Promise<void> {
  const from = join(directory, MOVING);
  const entries = await readdir(from, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  await move(
    from,
    directory,
    files.map((entry) => relative(from, join(entry.parentPath, entry.name))),
  );
  await rm(from, { recursive: true });
}

async function move(from: string, to: string, files: readonly string[]): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const file of files) {
    await mkdir(dirname(join(to, file)), { recursive: true });
    await rename(join(from, file), join(to, file));
  }
}

/** Removes the folders of a run that are empty. */
async function removeFolders(directory: string): Promise<void> {
  for (const folder of await ownFolders(directory)) await removeEmpty(join(directory, folder));
}

/** Removes a folder unless something is in it; says whether it did. */
export async function removeEmpty(folder: string): Promise<boolean> {
  try {
    await rmdir(folder);
    return true;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(code)) return false;
    throw error;
  }
}

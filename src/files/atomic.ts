import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** What can be written: everything at once, or pieces as they come, so that a large file never lies in memory. */
export type FileData =
  | string
  | Uint8Array
  | Iterable<string | Uint8Array>
  | AsyncIterable<string | Uint8Array>;

/**
 * Writes a file so that its name shows either the old content or the whole new one, whatever happens: the data go to
 * a temporary name in the same directory, reach the disk, and are then renamed. Missing directories are made.
 * When anything fails (a full disk, data that throw halfway), the temporary file is removed and the error thrown.
 */
export async function writeAtomic(path: string, data: FileData): Promise<void> {
  const directory = dirname(path);
  await mkdir(directory, { recursive: true });
  const temporary = temporaryIn(directory, basename(path));
  try {
    const handle = await open(temporary, 'wx');
    try {
      await writeFile(handle, data);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** A name in a directory that nothing has, for what is removed again, and recognised when a killed process could not. */
export function temporaryIn(directory: string, name: string): string {
  // Long enough names of images would overflow the file system's limit with the suffix added: keep a piece.
  return join(directory, `.${name.slice(0, 40)}.${randomUUID()}.tmp`);
}

/** Whether a name is one of {@link temporaryIn}. */
export function isTemporary(name: string): boolean {
  return /^\..*\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/.test(name);
}

/** Removes what killed processes left unfinished in a directory and those in it. No process may be writing there. */
export async function removeTemporaries(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (isTemporary(entry.name))
      await rm(join(entry.parentPath, entry.name), { recursive: true, force: true });
  }
}

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryIn } from './atomic.js';
import { fileName } from './file-name.js';

/**
 * Two names whose files the file system of a folder takes for one, such as `Boat` and `boat`, or é as one letter and as
 * two, on disks of Macs and Windows; undefined where it tells all apart. It is asked with empty files.
 */
export async function takenForOne(
  folder: string,
  names: Iterable<string>,
): Promise<readonly [string, string] | undefined> {
  for (const alike of groupsAlike(names)) {
    const trial = temporaryIn(folder, 'names');
    await mkdir(trial);
    try {
      for (const name of alike) {
        if (!(await isNew(join(trial, fileName(name))))) return [alike[0] as string, name];
      }
    } finally {
      await rm(trial, { recursive: true });
    }
  }
  return undefined;
}

/** Names that differ in case or in how letters are composed, and in nothing else. */
function groupsAlike(names: Iterable<string>): string[][] {
  const groups = new Map<string, string[]>();
  for (const name of new Set(names)) {
    const key = name.normalize('NFKC').toUpperCase().toLowerCase();
    groups.set(key, [...(groups.get(key) ?? []), name]);
  }
  return [...groups.values()].filter(({ length }) => length > 1);
}

/** Makes an empty file; false where there is one. */
async function isNew(path: string): Promise<boolean> {
  try {
    await writeFile(path, '', { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

import { readFileSync, statSync } from 'node:fs';
import { InputError, mismatch } from '../errors.js';

/**
 * The bytes of a file that a user named. Only regular files up to `limit` bytes are read, so that a device, a
 * pipe or a file of the wrong kind cannot exhaust memory. Throws InputError when it cannot be read.
 */
export function readUserFile(path: string, limit: number): Buffer {
  try {
    const stat = statSync(path);
    if (!stat.isFile())
      throw mismatch({ what: 'cannot read', where: path, expected: 'a file', got: kindOf(stat) });
    if (stat.size > limit) {
      throw mismatch({
        what: 'file too large',
        where: path,
        expected: `at most ${limit} bytes`,
        got: `${stat.size} bytes`,
      });
    }
    return readFileSync(path);
  } catch (error) {
    throw readError(path, error);
  }
}

/** Turns an error of the file system into an InputError that names the path; passes any other error through. */
export function readError(path: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  if (code === undefined || error instanceof InputError) return error;
  const reasons: Record<string, string> = {
    ENOENT: 'does not exist',
    EACCES: 'permission denied',
    ENOTDIR: 'is not a folder',
    EISDIR: 'is a folder',
  };
  return new InputError(`cannot read ${path}: ${reasons[code] ?? code}`);
}

function kindOf(stat: { isDirectory(): boolean }): string {
  return stat.isDirectory() ? 'a folder' : 'neither a file nor a folder';
}

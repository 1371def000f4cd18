import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { InputError, mismatch } from '../errors.js';
import { checkLimit, type LimitName } from './limits.js';

/**
 * How users' files are opened. Whatever stands at a path, opening it must not block: with O_NONBLOCK a pipe that
 * nobody writes to opens at once, and is then refused for what it is.
 */
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);

/** Bytes that are read at a time. */
const PIECE = 2 ** 28;

/**
 * The bytes of a file that a user named: a regular file within its limit, so that neither a device or pipe nor a
 * giant can exhaust time or memory. @throws InputError when it cannot be read.
 */
export function readUserFile(path: string, limit: LimitName): Buffer {
  try {
    expectFile(path, statSync(path));
    const file = openSync(path, READ);
    try {
      const { size } = expectFile(path, fstatSync(file));
      checkLimit(limit, size, path);
      const bytes = Buffer.allocUnsafeSlow(size);
      for (let done = 0; done < size; ) {
        const read = readSync(file, bytes, done, Math.min(size - done, PIECE), done);
        if (read === 0) throw shrunk(path);
        done += read;
      }
      return bytes;
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw readError(path, error);
  }
}

/** A text file that a user named; see {@link readUserFile}. */
export function readUserText(path: string, limit: LimitName): string {
  return readUserFile(path, limit).toString('utf8');
}

/** The first bytes of a file that stands in a user's folder, fewer where it is shorter. @throws InputError when it cannot be read */
export function readStart(path: string, length: number): Buffer {
  try {
    const file = openSync(path, READ);
    try {
      expectFile(path, fstatSync(file));
      const bytes = Buffer.alloc(length);
      return bytes.subarray(0, readSync(file, bytes, 0, length, 0));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw readError(path, error);
  }
}

/** Opens a regular file to read parts of it. @throws InputError for anything else, the system's error if it is not there. */
export async function openUserFile(path: string): Promise<{ file: FileHandle; size: number }> {
  expectFile(path, await stat(path));
  const file = await open(path, READ);
  try {
    return { file, size: expectFile(path, await file.stat()).size };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** `length` bytes of an open file from `offset` on. @throws InputError when it has become shorter */
export async function readRange(
  file: FileHandle,
  path: string,
  { offset, length }: { offset: number; length: number },
): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, Math.min(length - done, PIECE), offset + done);
    if (bytesRead === 0) throw shrunk(path);
    done += bytesRead;
  }
  return bytes;
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
    ELOOP: 'is a link that leads in a circle',
  };
  return new InputError(`cannot read ${path}: ${reasons[code] ?? code}`);
}

/** @throws InputError unless it is a regular file */
export function expectFile<T extends Stats>(path: string, stats: T): T {
  if (stats.isFile()) return stats;
  throw mismatch({ what: 'cannot read', where: path, expected: 'a file', got: kindOf(stats) });
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}

function shrunk(path: string): InputError {
  return new InputError(`cannot read ${path}: it became shorter while it was read`);
}

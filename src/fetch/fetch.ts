import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { InputError } from '../errors.js';
import type { Lock } from '../files/lock.js';
import { difference } from './checksum.js';
import { type DownloadOptions, download } from './download.js';
import { DownloadError } from './request.js';
import type { Source, SourceFile } from './sources.js';
import { lockTarget } from './target-lock.js';
import { unpack } from './unpack.js';

/** Is told what happens to each file of a source. */
export interface FetchReporter {
  /** A line to say: already there, another attempt, unpacked. */
  note(line: string): void;
  /** A download begins; the function returned is told how many bytes are there. */
  start(file: SourceFile): { received(bytes: number): void; end(): void };
}

/**
 * Puts every file of a source below a folder: downloads what is missing, verifies what is there, unpacks archives.
 * Calling it again costs no download. A file that is there and is not the published one is left alone.
 *
 * @throws InputError when a file cannot be had or written (the message says what to put where), or is not the published one
 */
export async function fetchSource(
  source: Source,
  folder: string,
  reporter: FetchReporter,
  patience: Pick<DownloadOptions, 'attempts' | 'backoffMs' | 'stallMs'> = {},
): Promise<void> {
  for (const file of source.files) {
    const path = join(folder, file.path);
    let lock: Lock | undefined;
    try {
      lock = await lockTarget(path, (holder) => reporter.note(`waiting for ${holder}, which brings ${path}`));
      if (file.unpacksTo !== undefined && (await isUnpacked(file, folder))) {
        reporter.note(`${basename(path)} is there already, unpacked`);
        continue;
      }
      if (existsSync(path)) {
        await checkExisting(file, path);
        reporter.note(`${path} is there already`);
      } else {
        await downloadFile(file, path, reporter, patience);
      }
      if (file.unpacksTo !== undefined) {
        reporter.note(`unpacking ${basename(path)}`);
        const count = await unpack(path, folder);
        await writeFile(markOf(file, folder), JSON.stringify(file.checksums));
        await rm(path);
        reporter.note(`${count} files unpacked into ${join(folder, file.unpacksTo)}`);
      }
    } catch (error) {
      throw explain(error, source, file, folder);
    } finally {
      await lock?.release();
    }
  }
}

async function downloadFile(
  file: SourceFile,
  path: string,
  reporter: FetchReporter,
  patience: DownloadOptions,
): Promise<void> {
  const display = reporter.start(file);
  try {
    await download(file, path, {
      ...patience,
      onProgress: (bytes) => display.received(bytes),
      onRetry: (reason, waitMs) => reporter.note(`${reason}; trying again in ${waitMs / 1000} s`),
    });
  } finally {
    display.end();
  }
}

async function checkExisting(file: SourceFile, path: string): Promise<void> {
  const wrong = await difference(path, file);
  if (wrong !== undefined) {
    throw new InputError(
      `${path} is there already and is not the published file (${wrong}): move it away, or choose another folder with --out`,
    );
  }
}

/** The mark, inside the unpacked folder, that an archive was unpacked whole. */
function markOf(file: SourceFile, folder: string): string {
  return join(folder, file.unpacksTo ?? '', `.${basename(file.path)}.unpacked`);
}

async function isUnpacked(file: SourceFile, folder: string): Promise<boolean> {
  const mark = markOf(file, folder);
  return existsSync(mark) && (await readFile(mark, 'utf8')) === JSON.stringify(file.checksums);
}

/** Says what a person can do about it: put the missing files there by hand, or choose another folder. */
function explain(error: unknown, source: Source, file: SourceFile, folder: string): unknown {
  if (error instanceof DownloadError) {
    const missing = source.files.slice(source.files.indexOf(file)).map(({ path }) => join(folder, path));
    const places = missing.filter((path) => !existsSync(path)).join(' and ');
    return new InputError(
      `cannot download ${file.url}: ${error.message}; get it another way (${source.home}), put it at ${places}, and run this command again`,
    );
  }
  const { syscall, message } = error as NodeJS.ErrnoException;
  return syscall === undefined
    ? error
    : new InputError(`cannot write ${join(folder, file.path)}: ${message}`);
}

import { mkdir } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { InputError } from '../errors.js';
import { difference } from './checksum.js';
import { PartialFile, type Resume } from './partial.js';
import { connectionError, DownloadError, request } from './request.js';
import type { SourceFile } from './sources.js';

/** How patient a download is, and whom it tells. */
export interface DownloadOptions {
  /** Bytes of the file that are there, also from earlier attempts. */
  onProgress?: (received: number) => void;
  /** Before another attempt: why, and after how many milliseconds. */
  onRetry?: (reason: string, waitMs: number) => void;
  /** Attempts without getting further before giving up. */
  attempts?: number;
  /** The wait before the second attempt; it doubles from one to the next. */
  backoffMs?: number;
  /** How long the server may send less than {@link SLOWEST}. */
  stallMs?: number;
}

/** Bytes a second that a server must send. */
const SLOWEST = 1000;

/** What an attempt must add to what there was to count as getting further. */
const GETTING_FURTHER = 2 ** 20;

/**
 * Downloads a file so that `path` shows either nothing or the whole file with its published size and digests.
 * An interrupted download goes on where it stopped, in this call or the next, when the server still has that version.
 *
 * @throws DownloadError when the file cannot be had (no network, not found, connection cut again and again)
 * @throws InputError when what came is not the published file; nothing of it stays
 */
export async function download(
  file: Pick<SourceFile, 'url' | 'bytes' | 'checksums'>,
  path: string,
  { attempts = 5, backoffMs = 1000, stallMs = 30_000, onRetry, onProgress }: DownloadOptions = {},
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const partial = new PartialFile(path, file.url);
  let furthest = await partial.size();
  for (let failures = 0; (await partial.size()) !== file.bytes; ) {
    try {
      await attempt(file, partial, stallMs, onProgress);
    } catch (error) {
      if (!(error instanceof DownloadError) || !error.passing) throw error;
      const reached = await partial.size();
      if (reached >= furthest + GETTING_FURTHER) failures = 0;
      furthest = Math.max(furthest, reached);
      if (++failures >= attempts) throw new DownloadError(`${error.message}, ${attempts} times`);
      const wait = backoffMs * 2 ** (failures - 1);
      onRetry?.(error.message, wait);
      await sleep(wait);
    }
  }
  const wrong = await difference(partial.location, file);
  if (wrong !== undefined) {
    await partial.discard();
    throw new InputError(`what came from ${file.url} is not the published file: ${wrong}; it was removed`);
  }
  await partial.finish();
}

/** One request: goes on behind the bytes that are there, or starts over. Returns with the file complete. */
async function attempt(
  { url, bytes }: Pick<SourceFile, 'url' | 'bytes'>,
  partial: PartialFile,
  stallMs: number,
  onProgress: DownloadOptions['onProgress'],
): Promise<void> {
  const abort = new AbortController();
  let [received, counted] = [0, 0];
  const watchdog = setTimeout(() => {
    const little = received === counted ? 'no data' : `less than ${SLOWEST} bytes a second`;
    abort.abort(new DownloadError(`${little} for ${stallMs / 1000} s`, true));
  }, stallMs);
  try {
    const resume = await partial.resume();
    const response = await request(url, requestHeaders(resume), abort.signal);
    const offset = await startOf(response, resume, partial);
    checkLength(response, offset, bytes);
    const handle = offset > 0 ? await partial.append() : await partial.start(validatorOf(response));
    received = offset;
    counted = offset;
    try {
      onProgress?.(received);
      for await (const chunk of response) {
        received += chunk.length;
        if (received - counted >= (SLOWEST * stallMs) / 1000) {
          watchdog.refresh();
          counted = received;
        }
        if (received > bytes) break;
        await handle.writeFile(chunk);
        onProgress?.(received);
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (received > bytes) {
      await partial.discard();
      throw wrongLength(bytes, 'more');
    }
    if (received < bytes) {
      throw new DownloadError(`the answer ends after ${received} of ${bytes} bytes`, true);
    }
  } catch (error) {
    throw abort.signal.aborted ? abort.signal.reason : connectionError(error);
  } finally {
    clearTimeout(watchdog);
    abort.abort();
  }
}

function requestHeaders(resume: Resume | undefined): Record<string, string> {
  // Compressed on the way, offsets would count other bytes than those of the file.
  const headers = { 'accept-encoding': 'identity', 'user-agent': 'heatproof' };
  if (resume === undefined) return headers;
  return { ...headers, range: `bytes=${resume.offset}-`, 'if-range': resume.validator };
}

/** At which byte of the file the answer starts. Anything but the whole file or the rest asked for starts over. */
async function startOf(
  response: IncomingMessage,
  resume: Resume | undefined,
  partial: PartialFile,
): Promise<number> {
  if (response.statusCode === 200) return 0;
  if (response.statusCode === 206 && resume !== undefined && continues(response, resume))
    return resume.offset;
  await partial.discard();
  throw new DownloadError('the server does not continue where the download stopped', true);
}

function continues(response: IncomingMessage, { offset, validator }: Resume): boolean {
  const range = response.headers['content-range'] ?? '';
  const version = validatorOf(response);
  return range.startsWith(`bytes ${offset}-`) && (version === undefined || version === validator);
}

/** The server's mark of this version of the file, fit for If-Range: a strong ETag or the date of the last change. */
function validatorOf({ headers }: IncomingMessage): string | undefined {
  const { etag, 'last-modified': changed } = headers;
  return etag?.startsWith('"') ? etag : changed;
}

/** Refuses what cannot be the file (an error page, a newer version) before any of it is downloaded. */
function checkLength({ headers }: IncomingMessage, offset: number, bytes: number): void {
  const announced = headers['content-length'];
  if (announced !== undefined && offset + Number(announced) !== bytes) {
    throw wrongLength(bytes, String(offset + Number(announced)));
  }
}

function wrongLength(bytes: number, got: string): DownloadError {
  return new DownloadError(
    `the server does not send the published file: expected ${bytes} bytes, got ${got}`,
  );
}

import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { InputError, messageOf } from '../errors.js';
import type { UnitResult } from '../evaluation/unit.js';
import { openUserFile, readRange } from '../files/user-file.js';
import { parseLine } from '../results/journal.js';
import type { Inline, OnDisk, Sent } from './packet.js';

/** A worker's journal in its folder on a disk that it shares with the coordinator. */
export const JOURNAL = 'journal.jsonl';
/** The file by which a worker sees that the disk is the coordinator's. */
export const TOKEN = 'token';

/** What has come of a unit that was computed. */
export interface Delivered {
  readonly unit: UnitResult;
  readonly line: string;
  readonly checksum: string;
  /** Files of heatmaps by their path below the folder of heatmaps. */
  readonly files: Readonly<Record<string, Uint8Array>>;
}

/** A network file system may show later what others have written. Milliseconds. */
const LOOKS = 20;
const BETWEEN = 500;

/**
 * Reads what a worker has sent, or where it lies on the shared disk.
 *
 * @param folder the worker's on that disk
 * @throws InputError for what cannot be read: its unit is done again
 */
export async function readDelivery(
  { key, files }: Sent,
  result: Inline | OnDisk,
  folder: string,
): Promise<Delivered> {
  const line = 'line' in result ? result.line : await lineOnDisk(result, join(folder, JOURNAL));
  const parsed = parseLine(line);
  if (parsed?.unit.key !== key) throw new InputError(`a damaged line for ${key}`);
  const decoded = Object.entries(files).map(
    ([path, text]) => [plainPath(path), Buffer.from(text, 'base64')] as const,
  );
  return {
    unit: parsed.unit as UnitResult,
    line,
    checksum: parsed.checksum,
    files: Object.fromEntries(decoded),
  };
}

async function lineOnDisk(place: OnDisk, journal: string): Promise<string> {
  for (let look = 1; ; look++) {
    try {
      const { file } = await openUserFile(journal);
      try {
        const line = (await readRange(file, journal, place)).toString('utf8');
        if (parseLine(line) || look === LOOKS) return line;
      } finally {
        await file.close();
      }
    } catch (error) {
      if (look === LOOKS) throw new InputError(messageOf(error));
    }
    await setTimeout(BETWEEN);
  }
}

/** A path that leads nowhere but down. @throws InputError for any other */
function plainPath(path: string): string {
  const parts = path.split('/');
  if (parts.some((part) => /^(\.{0,2})$|[\\\0]/.test(part)))
    throw new InputError(`'${path}' is no path of a heatmap`);
  return path;
}

import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { InputError, messageOf } from '../errors.js';
import type { UnitResult } from '../evaluation/unit.js';
import { openUserFile, readRange } from '../files/user-file.js';
import { parseLine } from '../results/journal.js';
import type { HeatmapFiles, Inline, OnDisk, Sent } from './packet.js';

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
  const journal = join(folder, JOURNAL);
  const { line, content } = await carried(result, journal, parseUnit(key));
  const kept = files ? (await carried(files, journal, parseFiles)).content : {};
  return { unit: content.unit as UnitResult, line, checksum: content.checksum, files: kept };
}

/** A line that was carried, and what it says. @throws InputError where that is nothing */
async function carried<T>(
  place: Inline | OnDisk,
  journal: string,
  parse: (line: string) => T,
): Promise<{ readonly line: string; readonly content: T }> {
  const looks = 'line' in place ? 1 : LOOKS;
  for (let look = 1; ; look++) {
    try {
      const line = 'line' in place ? place.line : await lineOnDisk(place, journal);
      return { line, content: parse(line) };
    } catch (error) {
      if (look === looks) throw new InputError(messageOf(error));
    }
    await setTimeout(BETWEEN);
  }
}

async function lineOnDisk(place: OnDisk, journal: string): Promise<string> {
  const { file } = await openUserFile(journal);
  try {
    return (await readRange(file, journal, place)).toString('utf8');
  } finally {
    await file.close();
  }
}

function parseUnit(key: string) {
  return (line: string) => {
    const parsed = parseLine(line);
    if (parsed?.unit.key !== key) throw new InputError(`a damaged line for ${key}`);
    return parsed;
  };
}

function parseFiles(line: string): Delivered['files'] {
  const files = Object.entries(JSON.parse(line) as HeatmapFiles);
  return Object.fromEntries(files.map(([path, text]) => [plainPath(path), Buffer.from(text, 'base64')]));
}

/** A path that leads nowhere but down. @throws InputError for any other */
function plainPath(path: string): string {
  const parts = path.split('/');
  if (parts.some((part) => /^(\.{0,2})$|[\\\0]/.test(part)))
    throw new InputError(`'${path}' is no path of a heatmap`);
  return path;
}

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { InputError } from '../errors.js';
import { writeAtomic } from '../files/atomic.js';
import { checkLimit, LIMITS } from '../files/limits.js';
import { openUserFile, readRange } from '../files/user-file.js';

/**
 * One finished unit a line: `{"checksum": ..., "unit": {"key": ...}}`. A line counts only when it is whole and its
 * checksum fits: one torn by a crash or damaged on disk is as if never written, and its unit is done again. Units are
 * found by their place in the file, so that a journal may be larger than memory.
 */
export interface Unit {
  readonly key: string;
  readonly status: string;
}

/** Where the intact line of a unit lies, and what it says of the unit. */
export interface JournalPlace {
  readonly offset: number;
  readonly length: number;
  readonly status: string;
}

/** The place of each unit. */
export interface JournalIndex {
  readonly lines: ReadonlyMap<string, JournalPlace>;
  /** Lines that were torn or damaged. */
  readonly damaged: number;
}

/** Finds every intact unit; a missing journal has none. Of a unit written twice, the last line counts. */
export async function indexJournal(path: string): Promise<JournalIndex> {
  const lines = new Map<string, JournalPlace>();
  let damaged = 0;
  for await (const { offset, length, bytes } of linesOf(path)) {
    const unit = bytes && parseLine(bytes.toString('utf8'))?.unit;
    if (unit) lines.set(unit.key, { offset, length, status: unit.status });
    else if (length > 0) damaged++;
  }
  return { lines, damaged };
}

/** The units of these keys in this order; keys that the index lacks are passed over. */
export async function* readUnits<T extends Unit>(
  path: string,
  { lines }: JournalIndex,
  keys: Iterable<string>,
): AsyncGenerator<T> {
  if (lines.size === 0) return;
  const { file } = await openUserFile(path);
  try {
    for (const key of keys) {
      const place = lines.get(key);
      if (!place) continue;
      const unit = parseLine((await readRange(file, path, place)).toString('utf8'))?.unit;
      if (!unit) throw new InputError(`${path} changed while it was read, at byte ${place.offset}`);
      yield unit as T;
    }
  } finally {
    await file.close();
  }
}

/** Replaces a journal by these units, atomically. */
export async function writeJournal(path: string, units: AsyncIterable<Unit>): Promise<void> {
  await writeAtomic(path, linesFor(units));
}

async function* linesFor(units: AsyncIterable<Unit>): AsyncGenerator<string> {
  for await (const unit of units) yield `${journalLine(unit)}\n`;
}

/** The line of a unit, without its end. @throws InputError when it is longer than any that is read */
export function journalLine(unit: Unit): string {
  const json = JSON.stringify(unit);
  checkLimit('journalLine', Buffer.byteLength(json), unit.key);
  return `{"checksum":"${checksum(json)}","unit":${json}}`;
}

/** What an intact line holds; undefined for any other text. */
export function parseLine(text: string): { readonly unit: Unit; readonly checksum: string } | undefined {
  const match = /^\{"checksum":"([0-9a-f]{16})","unit":(.*)\}$/s.exec(text);
  const [, found = '', json = ''] = match ?? [];
  if (!match || checksum(json) !== found) return undefined;
  try {
    const unit: Partial<Unit> | null = JSON.parse(json);
    const isUnit = typeof unit?.key === 'string' && typeof unit.status === 'string';
    return isUnit ? { unit: unit as Unit, checksum: found } : undefined;
  } catch {
    return undefined;
  }
}

function checksum(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

const NEWLINE = 0x0a;
const PIECE = 2 ** 20;

/** A line of a file, without its end; without its bytes where it is longer than any that was written. */
interface Line {
  readonly offset: number;
  readonly length: number;
  readonly bytes: Buffer | undefined;
}

async function* linesOf(path: string): AsyncGenerator<Line> {
  if (!existsSync(path)) return;
  const { file } = await openUserFile(path);
  let [offset, length, pieces] = [0, 0, [] as Buffer[]];
  const add = (piece: Buffer) => {
    length += piece.length;
    if (length <= LONGEST) pieces.push(piece);
    else pieces = [];
  };
  const line = () => ({ offset, length, bytes: length <= LONGEST ? Buffer.concat(pieces) : undefined });
  try {
    for await (const chunk of file.createReadStream({ autoClose: false, highWaterMark: PIECE })) {
      const read = chunk as Buffer;
      let start = 0;
      for (let end = read.indexOf(NEWLINE); end !== -1; end = read.indexOf(NEWLINE, start)) {
        add(read.subarray(start, end));
        yield line();
        [offset, length, pieces] = [offset + length + 1, 0, []];
        start = end + 1;
      }
      add(read.subarray(start));
    }
    if (length > 0) yield line();
  } finally {
    await file.close();
  }
}

/** A unit, its checksum and what is around them. */
const LONGEST = LIMITS.journalLine.most + 64;

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { writeAtomic } from '../files/atomic.js';

/**
 * One finished unit a line: `{"checksum": ..., "unit": {"key": ...}}`. A line counts only when it is whole and its
 * checksum fits: one torn by a crash or damaged on disk is as if never written, and its unit is done again. Units are
 * found by their place in the file, so that a journal may be larger than memory.
 */
export interface Unit {
  readonly key: string;
  readonly status: string;
}

/** Where the intact line of each unit lies, and what it says of the unit. */
export interface JournalIndex {
  readonly lines: ReadonlyMap<string, { offset: number; length: number; status: string }>;
  /** Lines that were torn or damaged. */
  readonly damaged: number;
}

/** Finds every intact unit; a missing journal has none. Of a unit written twice, the last line counts. */
export async function indexJournal(path: string): Promise<JournalIndex> {
  const lines = new Map<string, { offset: number; length: number; status: string }>();
  let damaged = 0;
  for await (const { offset, bytes } of linesOf(path)) {
    const unit = parseLine(bytes.toString('utf8'));
    if (unit) lines.set(unit.key, { offset, length: bytes.length, status: unit.status });
    else if (bytes.length > 0) damaged++;
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
  const file = await open(path, 'r');
  try {
    for (const key of keys) {
      const place = lines.get(key);
      if (!place) continue;
      const { buffer } = await file.read(Buffer.alloc(place.length), 0, place.length, place.offset);
      const unit = parseLine(buffer.toString('utf8'));
      if (!unit) throw new Error(`${path} changed while it was read, at byte ${place.offset}`);
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

/** The line of a unit, without its end. */
export function journalLine(unit: Unit): string {
  const json = JSON.stringify(unit);
  return `{"checksum":"${checksum(json)}","unit":${json}}`;
}

function parseLine(text: string): Unit | undefined {
  const match = /^\{"checksum":"([0-9a-f]{16})","unit":(.*)\}$/s.exec(text);
  if (!match || checksum(match[2] as string) !== match[1]) return undefined;
  return JSON.parse(match[2] as string) as Unit;
}

function checksum(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

const NEWLINE = 0x0a;

async function* linesOf(path: string): AsyncGenerator<{ offset: number; bytes: Buffer }> {
  let rest: Buffer = Buffer.alloc(0);
  let offset = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
      rest = Buffer.concat([rest, chunk as Buffer]);
      let start = 0;
      for (let end = rest.indexOf(NEWLINE); end !== -1; end = rest.indexOf(NEWLINE, start)) {
        yield { offset: offset + start, bytes: rest.subarray(start, end) };
        start = end + 1;
      }
      offset += start;
      rest = rest.subarray(start);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (rest.length > 0) yield { offset, bytes: rest };
}

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Running } from '../cli/heatproof.js';

/**
 * Hash by path of every file in a results directory but timings.csv and the report's date: equal for results that are equal
 * byte for byte.
 */
export function contentsOf(directory: string): Record<string, string> {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && entry.name !== 'timings.csv')
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return Object.fromEntries(
    files.map((file) => [
      relative(directory, file),
      createHash('sha256')
        .update(file.endsWith('report.html') ? withoutDate(file) : readFileSync(file))
        .digest('hex'),
    ]),
  );
}

function withoutDate(report: string): string {
  return readFileSync(report, 'utf8').replace(/<div><dt>date<\/dt>.*?<\/div>/, '');
}

/** How many whole lines a file has; none when it does not exist. */
export function lineCount(path: string): number {
  if (!statSync(path, { throwIfNoEntry: false })) return 0;
  return readFileSync(path, 'latin1').split('\n').length - 1;
}

/** The keys of the units that were computed, in the order in which they were; none where nothing was left to do. */
export function computedUnits(directory: string): string[] {
  const path = join(directory, 'timings.csv');
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  const keys = lines.slice(1, -1).map((line) => line.slice(0, line.lastIndexOf(',')));
  return keys.filter((key) => !key.includes(': batch of '));
}

/** Waits until a run's journal has so many lines. @throws where the run ends before */
export async function journalReaches(directory: string, lines: number, run?: Running): Promise<void> {
  let ended: unknown;
  void run?.ended.then((end) => {
    ended = end;
  });
  while (lineCount(join(directory, 'journal.jsonl')) < lines) {
    if (ended) throw new Error(`ended before line ${lines}: ${JSON.stringify(ended)}`);
    await setTimeout(2);
  }
}

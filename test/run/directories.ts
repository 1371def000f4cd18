import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout } from 'node:timers/promises';

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
  return readFileSync(report, 'utf8').replace(/<div><dt>date<\/dt><dd>[\d-]+<\/dd><\/div>/, '');
}

/** How many whole lines a file has; none when it does not exist. */
export function lineCount(path: string): number {
  if (!statSync(path, { throwIfNoEntry: false })) return 0;
  return readFileSync(path, 'latin1').split('\n').length - 1;
}

/** The keys of the units that were computed, in the order in which they were, over all attempts at a run. */
export function computedUnits(directory: string): string[] {
  const lines = readFileSync(join(directory, 'timings.csv'), 'utf8').split('\n');
  return lines.slice(1, -1).map((line) => line.slice(0, line.lastIndexOf(',')));
}

/** Waits until a run's journal has so many lines. */
export async function journalReaches(directory: string, lines: number): Promise<void> {
  while (lineCount(join(directory, 'journal.jsonl')) < lines) await setTimeout(2);
}

import { stringify } from 'csv-stringify/sync';
import type { Calibration } from '../evaluation/calibration.js';
import { CSV_TEXT } from '../files/csv.js';
import { LineFile } from '../files/line-file.js';
import { readUserText } from '../files/user-file.js';

const HEADER = 'unit,seconds';

/**
 * timings.csv: how long each unit took, and before them what each network took by batch. It stands apart, so that all other
 * files depend on the definition alone.
 */
export async function openTimings(path: string): Promise<LineFile> {
  return LineFile.open(path, HEADER);
}

export function timingLine(key: string, seconds: number): string {
  return stringify([[key, seconds.toFixed(3)]], { ...CSV_TEXT, eof: false });
}

/** The seconds that one state takes in batches of every measured size. */
export function calibrationLines(network: string, { times, batch }: Calibration): string[] {
  return times.map(({ size, seconds }) => {
    const what = `${network}: batch of ${size}${size === batch ? ' (chosen)' : ''}, a state`;
    return stringify([[what, seconds.toPrecision(4)]], { ...CSV_TEXT, eof: false });
  });
}

/** The lines of a timings file, without its header. */
export async function readTimings(path: string): Promise<string[]> {
  const [, ...lines] = readUserText(path, 'timings').split('\n');
  return lines.filter((line) => line !== '');
}

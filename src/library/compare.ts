import { resolve } from 'node:path';
import { type Comparison, compareRuns as compareFinished } from '../compare/compare.js';
import { InputError } from '../errors.js';
import { type FinishedRun, readFinished } from '../results/finished.js';

/**
 * Puts finished runs side by side, as `heatproof compare` does: where their definitions differ, every metric by method, and how
 * far each run is from the first, image by image.
 *
 * @throws InputError for fewer than two runs, or a folder without a finished one
 */
export async function compareRuns(runDirectories: readonly string[]): Promise<Comparison> {
  if (runDirectories.length < 2)
    throw new InputError(`compare: expected at least two runs, got ${runDirectories.length}`);
  const finished: FinishedRun[] = [];
  for (const run of runDirectories) finished.push(await readFinished(resolve(run)));
  return compareFinished(finished);
}

import { resolve } from 'node:path';
import { ResultsDirectory } from '../results/directory.js';
import { type Written, writeResults } from '../results/results.js';

/**
 * Writes the tables, plots and report.html of a finished run anew, as `heatproof report` does.
 *
 * @throws InputError when the folder is not that of a complete run
 */
export async function report(runDirectory: string): Promise<Written> {
  const directory = new ResultsDirectory(resolve(runDirectory));
  return directory.use(() => writeResults(directory));
}

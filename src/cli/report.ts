import { resolve } from 'node:path';
import { ResultsDirectory } from '../results/directory.js';
import { writeResults } from '../results/results.js';
import type { OptionsOf } from './command.js';
import type { reportCommand } from './options/report.js';
import { finish } from './run.js';

export async function report({ runDir, json }: OptionsOf<typeof reportCommand>): Promise<void> {
  const directory = new ResultsDirectory(resolve(runDir));
  const written = await directory.use(() => writeResults(directory));
  finish(written, directory.path, json);
}

import { resolve } from 'node:path';
import { ResultsDirectory } from '../results/directory.js';
import { writeResults } from '../results/results.js';
import { defineCommand } from './command.js';
import { finish } from './run.js';

export const reportCommand = defineCommand({
  command: 'report <run-dir>',
  describe: 'Write the tables, plots and report.html of a finished run anew',
  builder: (yargs) =>
    yargs
      .positional('run-dir', { type: 'string', demandOption: true, describe: 'results directory' })
      .option('json', { type: 'boolean', default: false, describe: 'print the summary as JSON' }),
  handler: async ({ runDir, json }) => {
    const directory = new ResultsDirectory(resolve(runDir));
    const written = await directory.use(() => writeResults(directory));
    finish(written, directory.path, json);
  },
});

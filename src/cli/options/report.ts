import { defineCommand } from '../command.js';

export const reportCommand = defineCommand({
  command: 'report <run-dir>',
  describe: 'Write the tables, plots and report.html of a finished run anew',
  builder: (yargs) =>
    yargs
      .positional('run-dir', { type: 'string', demandOption: true, describe: 'results directory' })
      .option('json', { type: 'boolean', default: false, describe: 'print the summary as JSON' }),
});

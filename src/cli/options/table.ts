import { TABLE_FORMATS } from '../../papers/table-formats.js';
import { defineCommand } from '../command.js';

export const tableCommand = defineCommand({
  command: 'table <run-dir>',
  describe: 'Print a finished run as a table for a paper, the best of each column bold',
  builder: (yargs) =>
    yargs
      .positional('run-dir', { type: 'string', demandOption: true, describe: 'results directory' })
      .option('format', {
        choices: TABLE_FORMATS,
        default: 'markdown' as const,
        describe: 'how it is written',
      })
      .option('methods', { type: 'string', describe: 'rows, separated by commas [default: all]' })
      .option('metrics', {
        type: 'string',
        describe: 'columns, separated by commas [default: the main ones]',
      })
      .option('ranks', {
        type: 'boolean',
        default: false,
        describe: 'ranks in the place of values, and which ranks ties leave open',
      })
      .option('intervals', { type: 'boolean', default: true, describe: 'intervals beside the values' })
      .option('out', { type: 'string', describe: 'write it to this file' }),
});

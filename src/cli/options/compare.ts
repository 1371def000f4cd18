import { defineCommand } from '../command.js';

export const compareCommand = defineCommand({
  command: 'compare <runs..>',
  describe: 'Compare finished runs: definitions, tables, paired tests where the images agree',
  builder: (yargs) =>
    yargs
      .positional('runs', {
        type: 'string',
        array: true,
        demandOption: true,
        describe: 'results directories; all are compared with the first',
      })
      .option('html', { type: 'string', describe: 'write everything as one page to this file' })
      .option('json', { type: 'boolean', default: false, describe: 'print the comparison as JSON' }),
});

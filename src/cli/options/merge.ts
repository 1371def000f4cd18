import { defineCommand, STRICT } from '../command.js';

export const mergeCommand = defineCommand({
  command: 'merge <shards..>',
  describe: 'Put the shards of a run together',
  builder: (yargs) =>
    yargs
      .positional('shards', {
        type: 'string',
        array: true,
        demandOption: true,
        describe: 'results directories of all the shards',
      })
      .option('out', { type: 'string', demandOption: true, describe: 'results directory' })
      .option('overwrite', { type: 'boolean', default: false, describe: 'replace an earlier run' })
      .option('strict', STRICT)
      .option('json', { type: 'boolean', default: false, describe: 'print the summary as JSON' }),
});

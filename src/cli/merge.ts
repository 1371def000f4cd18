import { resolve } from 'node:path';
import { mergeShards } from '../run/merge.js';
import { defineCommand } from './command.js';
import { notes, STRICT } from './notes.js';
import { finish } from './run.js';

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
  handler: async ({ shards, out, overwrite, strict, json }) => {
    const directory = resolve(out);
    const written = await mergeShards(
      shards.map((shard) => resolve(shard)),
      directory,
      overwrite ? 'overwrite' : 'fresh',
      notes(strict),
    );
    finish(written, directory, json);
  },
});

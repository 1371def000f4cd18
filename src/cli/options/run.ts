import { availableParallelism } from 'node:os';
import { ENGINE_NAMES } from '../../engine/engines.js';
import { defineCommand, SET } from '../command.js';

export const runCommand = defineCommand({
  command: 'run <config>',
  describe: 'Run an experiment: explain, perturb, measure, and write the results',
  builder: (yargs) =>
    yargs
      .positional('config', { type: 'string', demandOption: true, describe: 'experiment (YAML)' })
      .option('out', { type: 'string', describe: 'results directory [default: results/<name>]' })
      .option('set', {
        ...SET,
        describe: 'value in place of the config’s, as in perturbation.region=4; may be given again',
      })
      .option('workers', {
        type: 'number',
        default: availableParallelism(),
        defaultDescription: 'one a core',
        describe: 'worker threads',
      })
      .option('engine', { choices: ENGINE_NAMES, describe: 'what computes [default: as the config says]' })
      .option('limit', { type: 'number', describe: 'use this many images' })
      .option('shard', { type: 'string', describe: 'run part I of N, written I/N; see merge' })
      .option('check', {
        type: 'boolean',
        default: false,
        describe: 'check everything and say what would run',
      })
      .option('resume', { type: 'boolean', default: false, describe: 'go on with an interrupted run' })
      .option('overwrite', { type: 'boolean', default: false, describe: 'replace an earlier run' })
      .option('quiet', { type: 'boolean', default: false, describe: 'no progress' })
      .option('json', { type: 'boolean', default: false, describe: 'print the summary as JSON' }),
});

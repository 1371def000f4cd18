import { ENGINE_NAMES } from '../../engine/engines.js';
import { defaultWorkers } from '../../run/default-workers.js';
import { defineCommand, SET } from '../command.js';
import { QUEUE } from './queue.js';

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
        default: defaultWorkers(),
        defaultDescription: 'one a core',
        describe: 'worker threads',
      })
      .option('engine', { choices: ENGINE_NAMES, describe: 'what computes [default: as the config says]' })
      .option('limit', { type: 'number', describe: 'use this many images' })
      .option('shard', { type: 'string', describe: 'run part I of N, written I/N; see merge' })
      .option('queue', { ...QUEUE, describe: 'Redis at which other machines do the units; see work' })
      .option('mixed-machines', {
        type: 'boolean',
        default: false,
        describe: 'let machines at the queue take part that compute other last bits',
      })
      .option('lease', {
        type: 'number',
        default: 60,
        describe: 'seconds after which the units of a silent worker are given to others',
      })
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

import { defaultWorkers } from '../../run/default-workers.js';
import { defineCommand, SET } from '../command.js';
import { QUEUE } from './queue.js';

export const workCommand = defineCommand({
  command: 'work [config]',
  describe: 'Take part in the run at a queue',
  builder: (yargs) =>
    yargs
      .positional('config', {
        type: 'string',
        describe: 'experiment (YAML), where files lie elsewhere than for the coordinator',
      })
      .option('queue', { ...QUEUE, demandOption: true })
      .option('set', { ...SET, describe: 'value in place of the config’s; may be given again' })
      .option('workers', {
        type: 'number',
        default: defaultWorkers(),
        defaultDescription: 'one a core',
        describe: 'worker threads',
      })
      .option('wait', { type: 'number', default: 600, describe: 'seconds to wait for a run' })
      .option('quiet', { type: 'boolean', default: false, describe: 'say only what goes wrong' }),
});

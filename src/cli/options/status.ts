import { defineCommand } from '../command.js';
import { QUEUE } from './queue.js';

export const statusCommand = defineCommand({
  command: 'status',
  describe: 'Say how the run at a queue is getting on',
  builder: (yargs) =>
    yargs
      .option('queue', { ...QUEUE, demandOption: true })
      .option('json', { type: 'boolean', default: false, describe: 'print JSON' }),
});

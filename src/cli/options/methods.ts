import { defineCommand } from '../command.js';

export const methodsCommand = defineCommand({
  command: 'methods',
  describe: 'Explain each method in a line, with its source',
  builder: (yargs) => yargs.option('json', { type: 'boolean', default: false, describe: 'print JSON' }),
});

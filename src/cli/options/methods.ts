import { defineCommand } from '../command.js';

export const methodsCommand = defineCommand({
  command: 'methods',
  describe: 'Explain each method, or each rule of composites, in a line',
  builder: (yargs) =>
    yargs
      .option('rules', {
        type: 'boolean',
        default: false,
        describe: 'the rules that lines of composites may name',
      })
      .option('json', { type: 'boolean', default: false, describe: 'print JSON' }),
});

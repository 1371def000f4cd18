import { defineCommand } from '../command.js';
import { SHELLS } from '../completion-scripts.js';

export const completionCommand = defineCommand({
  command: 'completion [shell]',
  describe: 'Print a script that completes commands, options, method ids and sources',
  builder: (yargs) =>
    yargs.positional('shell', {
      choices: SHELLS,
      describe: 'bash, zsh or fish [default: that of $SHELL]',
    }),
});

import type { ArgumentsCamelCase, Argv } from 'yargs';

/** A command of the command line: one file each, listed in cli.ts. */
export interface Command<Options> {
  readonly command: string;
  readonly describe: string;
  readonly builder: (yargs: Argv) => Argv<Options>;
  readonly handler: (options: ArgumentsCamelCase<Options>) => Promise<void>;
}

/** Gives a command's handler the types that its builder declares. */
export function defineCommand<Options>(command: Command<Options>): Command<Options> {
  return command;
}

/** The options that name a network. */
export function modelOptions<T>(yargs: Argv<T>) {
  return yargs
    .option('model', {
      type: 'string',
      demandOption: true,
      describe: 'network: .onnx, .caffemodel (with --prototxt), model.json, or a descriptor .yaml',
    })
    .option('prototxt', { type: 'string', describe: 'definition that belongs to a .caffemodel' });
}

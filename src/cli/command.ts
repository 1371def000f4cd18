import type { ArgumentsCamelCase, Argv } from 'yargs';

/** What the command line says of a command: its usage, what it is for, its options. One file each in options/. */
export interface Command<Options> {
  readonly command: string;
  readonly describe: string;
  readonly builder: (yargs: Argv) => Argv<Options> | Promise<Argv<Options>>;
}

/** What a command is given, as its builder declares it. */
export type OptionsOf<C> = C extends Command<infer Options> ? ArgumentsCamelCase<Options> : never;

/** Gives a command the types that its builder declares. */
export function defineCommand<Options>(command: Command<Options>): Command<Options> {
  return command;
}

/** The option of commands that meet results of other machines; see notes.ts. */
export const STRICT = {
  type: 'boolean',
  default: false,
  describe: 'refuse what was computed on another processor or engine, instead of saying so',
} as const;

/** The option that changes values of a config. */
export const SET = {
  type: 'string',
  array: true,
  nargs: 1,
  default: [] as string[],
  defaultDescription: 'nothing',
} as const;

import yargs, { type Argv } from 'yargs';

/** What yargs knows of the options of a command; its types leave it out. */
export interface KnownOptions {
  readonly key: Readonly<Record<string, unknown>>;
  readonly array: readonly string[];
  readonly boolean: readonly string[];
  readonly choices: Readonly<Record<string, readonly string[]>>;
  readonly default: Readonly<Record<string, unknown>>;
}

/** The options that a parser has been told of. */
export function knownOptions(parser: Argv): KnownOptions {
  return (parser as unknown as { getOptions(): KnownOptions }).getOptions();
}

/** The options of a command, its positional arguments and yargs' own `help` and `version` among them. */
export async function optionsKnownTo(command: {
  readonly builder: (parser: Argv) => Argv | Promise<Argv>;
}): Promise<KnownOptions> {
  return knownOptions(await command.builder(yargs([])));
}

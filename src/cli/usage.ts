import type { Argv } from 'yargs';
import { InputError } from '../errors.js';
import { didYouMean } from '../suggest.js';

/** What yargs knows of the options of a parsed command; its types leave it out. */
interface KnownOptions {
  key: Readonly<Record<string, unknown>>;
  array: readonly string[];
}

/** The option, given twice, whose values would be taken for a list. */
export function checkGivenOnce(argv: Readonly<Record<string, unknown>>, parser: Argv): true {
  const { key, array } = knownOptions(parser);
  const twice = Object.keys(key).find((name) => Array.isArray(argv[name]) && !array.includes(name));
  if (twice !== undefined)
    throw new InputError(`--${twice}: expected once, got ${(argv[twice] as unknown[]).length} times`);
  return true;
}

/** What is wrong with a command line, in one line; a misspelt option comes first, since the rest may follow from it. */
export function wrongUse(
  message: string,
  args: readonly string[],
  usage: string | undefined,
  parser: Argv,
): InputError {
  const known = Object.keys(knownOptions(parser).key);
  const unknown = optionNames(args).find((name) => !known.includes(name.replace(/^no-/, '')));
  const [, unexpected] = /^Unknown arguments?: (.+)/.exec(message) ?? [];
  const [, missing] = /^Missing required arguments?: (.+)/.exec(message) ?? [];
  const problem =
    unknown !== undefined
      ? `unknown option '--${unknown}'${didYouMean(unknown, known)}`
      : unexpected !== undefined
        ? `unexpected argument: ${unexpected}`
        : message.startsWith('Not enough non-option') && usage !== undefined
          ? `expected heatproof ${usage}`
          : missing !== undefined
            ? `expected --${missing.replaceAll(', ', ' and --')}`
            : message.replace(/\s*\n\s*/g, ' ');
  return new InputError(
    `${problem}; see heatproof ${usage === undefined ? '' : `${usage.split(' ')[0]} `}--help`,
  );
}

/** Names of the long options of a command line. */
function optionNames(args: readonly string[]): string[] {
  const end = args.indexOf('--');
  return args.slice(0, end === -1 ? args.length : end).flatMap((arg) => /^--([^=]+)/.exec(arg)?.[1] ?? []);
}

function knownOptions(parser: Argv): KnownOptions {
  return (parser as unknown as { getOptions(): KnownOptions }).getOptions();
}

import type { Argv } from 'yargs';
import { InputError } from '../errors.js';
import { didYouMean } from '../suggest.js';
import { knownOptions } from './known-options.js';

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
  const problem =
    unknown !== undefined
      ? `unknown option '--${unknown}'${didYouMean(unknown, known)}`
      : reworded(message.replace(/\s*\n\s*/g, ' '), usage);
  return new InputError(
    `${problem}; see heatproof ${usage === undefined ? '' : `${usage.split(' ')[0]} `}--help`,
  );
}

/** What yargs says, in the words of heatproof's other messages. */
const REWORDED: readonly [RegExp, (...parts: string[]) => string][] = [
  [/^Unknown arguments?: (.+)/, (names) => `unexpected argument: ${names}`],
  [/^Missing required arguments?: (.+)/, (names) => `expected --${names?.replaceAll(', ', ' and --')}`],
  [
    /^Invalid values: Argument: (\S+), Given: "(.*)", Choices: (.+)/,
    (option, given, choices) =>
      `--${option}: expected one of ${choices?.replaceAll('"', '')}, got '${given}'`,
  ],
];

function reworded(message: string, usage: string | undefined): string {
  if (message.startsWith('Not enough non-option') && usage !== undefined)
    return `expected heatproof ${usage}`;
  for (const [pattern, words] of REWORDED) {
    const match = pattern.exec(message);
    if (match) return words(...match.slice(1));
  }
  return message;
}

/** Names of the long options of a command line. */
function optionNames(args: readonly string[]): string[] {
  const end = args.indexOf('--');
  return args.slice(0, end === -1 ? args.length : end).flatMap((arg) => /^--([^=]+)/.exec(arg)?.[1] ?? []);
}

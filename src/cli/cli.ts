import yargs, { type Argv } from 'yargs';
import { InputError, isSystemError, messageOf } from '../errors.js';
import { didYouMean } from '../suggest.js';
import { version } from '../version.js';
import { COMMANDS } from './commands.js';
import { complete } from './complete.js';
import { COMPLETE } from './completion-scripts.js';
import { EXIT, Exit } from './exit.js';
import { print, say } from './output.js';
import { terminalWidth } from './table.js';
import { checkGivenOnce, wrongUse } from './usage.js';

/**
 * Runs one command line and returns its exit code. Bad input is answered with one line on standard error and code 2;
 * a defect of heatproof itself keeps its stack.
 */
export async function runCli(args: string[]): Promise<number> {
  const names = COMMANDS.map(({ name }) => name);
  const [first, ...rest] = args;
  const usage = COMMANDS.find(({ name }) => name === first)?.command;
  try {
    if (first === COMPLETE) {
      print((await complete(rest)).map((line) => `${line}\n`).join(''));
      return EXIT.done;
    }
    if (first !== undefined && !first.startsWith('-') && !names.includes(first)) {
      throw new InputError(`unknown command '${first}'${didYouMean(first, names)}; see heatproof --help`);
    }
    const parser: Argv = yargs(joinNegatives(args))
      .scriptName('heatproof')
      .usage(
        '$0 <command>\n\nProves heatmaps: explains classifiers, perturbs what the explanation calls relevant, and reports how fast the decision falls.',
      )
      .demandCommand(1, 'expected a command')
      .strict()
      .version(version)
      .epilogue('Exit codes: 0 done, 1 a gate failed, 2 wrong use or bad input, 3 some images failed.')
      .wrap(terminalWidth())
      .exitProcess(false)
      .check((argv) => checkGivenOnce(argv, parser))
      .fail((message, error) => {
        throw error ?? wrongUse(message, args, usage, parser);
      });
    for (const command of COMMANDS) parser.command(command as never);
    await parser.parseAsync();
    return EXIT.done;
  } catch (error) {
    if (error instanceof Exit) return error.code;
    if (error instanceof InputError || isSystemError(error)) {
      say(`heatproof: ${messageOf(error)}\n`);
      return EXIT.badInput;
    }
    throw error;
  }
}

/** `--low -104,-117` becomes `--low=-104,-117`: a list that begins with a minus would be read as options. */
function joinNegatives(args: readonly string[]): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const before = joined.at(-1);
    if (/^-\.?\d/.test(arg) && before !== undefined && /^--[\w-]+$/.test(before))
      joined.splice(-1, 1, `${before}=${arg}`);
    else joined.push(arg);
  }
  return joined;
}

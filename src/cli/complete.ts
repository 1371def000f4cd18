import { SOURCES } from '../fetch/sources.js';
import { COMMANDS } from './commands.js';
import { type KnownOptions, optionsKnownTo } from './known-options.js';

/** What may stand for an option or argument, by its name; shells offer files where nothing is known. */
const VALUES: Readonly<Record<string, () => Promise<readonly string[]> | readonly string[]>> = {
  method: methodIds,
  name: () => Object.keys(SOURCES),
};

/**
 * What the last of these words, which follow the program's name, may become: a command, an option, a choice, a method id (also
 * behind commas) or a source.
 */
export async function complete(words: readonly string[]): Promise<string[]> {
  const typed = words.filter((word) => word !== '=');
  const current = typed.at(-1) ?? '';
  const names = COMMANDS.map(({ name }) => name);
  if (typed.length < 2) return fitting([...names, '--help', '--version'], current);
  const command = COMMANDS.find(({ name }) => name === typed[0]);
  if (!command) return [];
  const known = await optionsKnownTo(command);
  const takesValue = (word = '') =>
    word.startsWith('--') && word.slice(2) in known.key && !known.boolean.includes(word.slice(2));
  const before = typed.at(-2) ?? '';
  if (takesValue(before)) return valuesOf(before.slice(2), current, known);
  const places = placesOf(command.command);
  if (current.startsWith('-')) {
    const options = Object.keys(known.key).filter((name) => !places.includes(name));
    return fitting(
      options.map((name) => `--${name}`),
      current,
    );
  }
  const given = typed.slice(1, -1).filter((word, i) => !word.startsWith('-') && !takesValue(typed[i]));
  return valuesOf(places[given.length] ?? places.at(-1) ?? '', current, known);
}

function fitting(candidates: readonly string[], beginning: string): string[] {
  return candidates.filter((candidate) => candidate.startsWith(beginning));
}

/** The values of an option or argument; method ids may stand behind others and a comma. */
async function valuesOf(name: string, current: string, { choices }: KnownOptions): Promise<string[]> {
  const values = choices[name] ?? (await VALUES[name]?.()) ?? [];
  const before = name === 'method' ? current.slice(0, current.lastIndexOf(',') + 1) : '';
  return fitting(values, current.slice(before.length)).map((value) => before + value);
}

/** Ids of methods; an example where numbers belong into them. */
async function methodIds(): Promise<string[]> {
  const { METHODS } = await import('../explain/methods/table.js');
  return METHODS.map(({ form, example = form }) => example);
}

/** The names of the arguments in a command's usage. */
function placesOf(usage: string): string[] {
  return [...usage.matchAll(/[<[]([\w-]+)/g)].map(([, name = '']) => name);
}

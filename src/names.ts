import { InputError } from './errors.js';
import { didYouMean } from './suggest.js';

/**
 * The names of a list with commas between them, or all where there is none.
 *
 * @param what the option, in messages
 * @throws InputError for a name that is not known, or stands there twice
 */
export function chosenNames(what: string, list: string | undefined, known: readonly string[]): string[] {
  if (list === undefined) return [...known];
  const names = list.split(',').map((name) => name.trim());
  for (const [i, name] of names.entries()) {
    if (!known.includes(name)) {
      throw new InputError(
        `${what}: expected some of ${known.join(', ')}, got '${name}'${didYouMean(name, known)}`,
      );
    }
    if (names.indexOf(name) !== i) throw new InputError(`${what}: '${name}' stands there twice`);
  }
  return names;
}

import { type InputError, mismatch } from '../errors.js';

/**
 * The one input that a network reads.
 *
 * @param read names of the inputs that the part up to its logits reads
 * @param where the file
 * @throws InputError where it is none, or several
 */
export function onlyInput(read: ReadonlySet<string>, where: string): string {
  const [input] = read;
  if (input !== undefined && read.size === 1) return input;
  throw wrongInputs(read, where);
}

/** The complaint about a network that reads none, or several that are not what else may be `expected`. */
export function wrongInputs(read: Iterable<string>, where: string, expected = 'exactly one'): InputError {
  const got = Array.from(read, (name) => `'${name}'`).join(', ') || 'none';
  return mismatch({ what: 'inputs', where, expected, got });
}

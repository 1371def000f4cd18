import { InputError } from '../errors.js';

/**
 * The roots and all that they read, in an order in which every item stands behind what it reads.
 * @throws InputError when an item reads itself, directly or through others
 */
export function inOrder<T>(
  roots: readonly T[],
  reads: (item: T) => readonly T[],
  nameOf: (item: T) => string,
): T[] {
  const done = new Set<T>();
  const open = new Set<T>();
  const stack = [...roots].reverse();
  for (let item = stack.at(-1); item !== undefined; item = stack.at(-1)) {
    if (done.has(item) || open.has(item)) {
      stack.pop();
      open.delete(item);
      done.add(item);
      continue;
    }
    open.add(item);
    for (const next of [...reads(item)].reverse()) {
      if (open.has(next)) throw new InputError(`'${nameOf(next)}' reads what is computed from it`);
      if (!done.has(next)) stack.push(next);
    }
  }
  return [...done];
}

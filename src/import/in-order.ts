import { InputError } from '../errors.js';

/**
 * The items and all that they read, in the order of the items, but each behind what it reads.
 * @throws InputError when an item reads itself, directly or through others
 */
export function inOrder<T>(
  items: readonly T[],
  sourcesOf: (item: T) => readonly T[],
  nameOf: (item: T) => string,
): T[] {
  const sorted = new Set<T>();
  const begun = new Set<T>();
  const stack: { item: T; sources: Iterator<T> }[] = [];
  const begin = (item: T) => {
    if (begun.has(item)) {
      throw new InputError(`${nameOf(item)} reads what is computed from its own output`);
    }
    begun.add(item);
    stack.push({ item, sources: sourcesOf(item).values() });
  };
  for (const item of items) {
    if (!sorted.has(item)) begin(item);
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const { value: source } = top.sources.next();
      if (source === undefined) sorted.add((stack.pop() as typeof top).item);
      else if (!sorted.has(source)) begin(source);
    }
  }
  return [...sorted];
}

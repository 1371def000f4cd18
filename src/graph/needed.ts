/** Some items that values are made by, and those values and all that is read to make them. */
export interface Needed<T> {
  readonly items: T[];
  readonly values: ReadonlySet<string>;
}

/**
 * The items that some values need, in their order: each stands behind those that make what it reads.
 * @param makes names of the values that an item makes
 * @param reads names of the values that it reads
 */
export function neededFor<T>(
  items: readonly T[],
  values: readonly string[],
  makes: (item: T) => readonly string[],
  reads: (item: T) => readonly string[],
): Needed<T> {
  const needed = new Set(values);
  const found: T[] = [];
  for (const item of items.toReversed()) {
    if (!makes(item).some((value) => needed.has(value))) continue;
    found.push(item);
    for (const value of reads(item)) needed.add(value);
  }
  return { items: found.reverse(), values: needed };
}

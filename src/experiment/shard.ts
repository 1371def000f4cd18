/** Part `index` (from 1) of `count`. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** Every count-th unit, starting with the index-th. */
export function takeShard<T>(units: readonly T[], shard: Shard | undefined): T[] {
  return units.filter((_, i) => !shard || i % shard.count === shard.index - 1);
}

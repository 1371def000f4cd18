import type { Bootstrap } from './bootstrap.js';
import { type Comparison, compare, type TestOptions, type ValuePerImage } from './comparison.js';
import type { Direction } from './metric.js';
import { holm, mean } from './statistics.js';

export interface RankedMethod {
  id: string;
  /** 1 is best. */
  rank: number;
  /** Mean over the images that all methods have. */
  mean: number;
  /** Methods whose difference from this one is not significant at the level of the whole table. */
  tiedWith: string[];
}

export interface MethodComparison extends Comparison {
  first: string;
  second: string;
  /** The p-value after Holm's correction over all pairs of the table. */
  adjustedPValue: number;
}

export interface Ranking {
  /** How many images have a value for every method; the others are left out. */
  images: number;
  /** With fewer images than these no pair of so many methods can be separated, however far apart they are. */
  fewest: number;
  /** From best to worst. */
  methods: RankedMethod[];
  /** Every pair once, the better ranked first. */
  comparisons: MethodComparison[];
}

/**
 * Ranks methods by their mean and says which are statistically tied: pairs whose paired permutation test,
 * corrected over all pairs of the table (Holm), stays above `level`. Without an image that has all values the
 * ranking is empty.
 */
export function rankMethods(
  values: ReadonlyMap<string, ValuePerImage>,
  direction: Direction,
  bootstrap: Bootstrap,
  { level = 0.05, ...test }: TestOptions & { level?: number },
): Ranking {
  const complete = completeImages([...values.values()]);
  const fewest = fewestToSeparate(values.size, level);
  if (complete.length === 0) return { images: 0, fewest, methods: [], comparisons: [] };
  const sign = direction === 'lower' ? 1 : -1;
  const ordered = [...values]
    .map(([id, column]) => {
      const kept = complete.map((image) => column[image] as number);
      return { id, kept, mean: mean(kept) as number };
    })
    .sort((a, b) => sign * (a.mean - b.mean));

  const pairs = ordered.flatMap((first, i) => ordered.slice(i + 1).map((second) => ({ first, second })));
  const compared = pairs.map(({ first, second }) => ({
    first: first.id,
    second: second.id,
    ...(compare(first.kept, second.kept, bootstrap, test) as Comparison),
  }));
  const adjusted = holm(compared.map(({ pValue }) => pValue));
  const comparisons = compared.map((pair, i) => ({ ...pair, adjustedPValue: adjusted[i] as number }));

  const tied = comparisons.filter(({ adjustedPValue }) => adjustedPValue > level);
  const methods = ordered.map(({ id, mean }, i) => ({
    id,
    rank: i + 1,
    mean,
    tiedWith: tied.flatMap(({ first, second }) => (first === id ? [second] : second === id ? [first] : [])),
  }));
  return { images: complete.length, fewest, methods, comparisons };
}

/** The n from which on the smallest p-value of {@link signFlipTest}, 2 / 2^n, times the number of pairs is at most `level`. */
function fewestToSeparate(methods: number, level: number): number {
  const pairs = (methods * (methods - 1)) / 2;
  return Math.max(1, Math.ceil(1 + Math.log2(pairs / level)));
}

/** The images that have a number in every column. */
function completeImages(columns: readonly ValuePerImage[]): number[] {
  return [...(columns[0] ?? []).keys()].filter((image) =>
    columns.every((column) => Number.isFinite(column[image])),
  );
}

import type { Bootstrap } from './bootstrap.js';
import {
  type Comparison,
  compare,
  pairedDifferences,
  pairedPValue,
  type TestOptions,
  type ValuePerImage,
} from './comparison.js';
import type { Direction } from './metric.js';
import { permutationsFor } from './permutation.js';
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
  const { images, ordered } = fromBest(values, direction);
  const fewest = fewestToSeparate(values.size, level);
  if (images === 0) return { images, fewest, methods: [], comparisons: [] };
  const pairs = pairsOf(ordered);
  const sampled = { permutations: permutationsFor(pairs.length, level), ...test };
  const compared = pairs.map(({ first, second }) => ({
    first: first.id,
    second: second.id,
    ...(compare(first.kept, second.kept, bootstrap, sampled) as Comparison),
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
  return { images, fewest, methods, comparisons };
}

/** A method's place among others, and what chance leaves open of it. */
export interface MethodRank {
  readonly id: string;
  /** Mean over the images that all methods have. */
  readonly mean: number;
  /** One more than methods whose mean is better; equal means share it. */
  readonly rank: number;
  /** One more than methods that a test finds better. */
  readonly first: number;
  /** As many as there are methods, less those that a test finds worse. */
  readonly last: number;
}

/**
 * The ranks of methods, and between which ranks each may be by the paired tests of {@link rankMethods}: methods whose ranges
 * overlap may still be separated from each other. From best to worst; none without an image that has all values.
 */
export function rankRanges(
  values: ReadonlyMap<string, ValuePerImage>,
  direction: Direction,
  { level = 0.05, ...test }: TestOptions & { level?: number },
): { readonly images: number; readonly methods: readonly MethodRank[] } {
  const { images, ordered } = fromBest(values, direction);
  if (images === 0) return { images, methods: [] };
  const pairs = pairsOf(ordered);
  const sampled = { permutations: permutationsFor(pairs.length, level), ...test };
  const adjusted = holm(
    pairs.map(({ first, second }) => pairedPValue(pairedDifferences(first.kept, second.kept), sampled)),
  );
  const separated = pairs.filter((_, i) => (adjusted[i] as number) <= level);
  const methods = ordered.map((method) => ({
    id: method.id,
    mean: method.mean,
    rank: 1 + ordered.findIndex((other) => other.mean === method.mean),
    first: 1 + separated.filter(({ second }) => second === method).length,
    last: ordered.length - separated.filter(({ first }) => first === method).length,
  }));
  return { images, methods };
}

interface Column {
  readonly id: string;
  /** Its values of the images that all methods have. */
  readonly kept: readonly number[];
  readonly mean: number;
}

/** Methods from best to worst by their mean over the images that all of them have. */
function fromBest(
  values: ReadonlyMap<string, ValuePerImage>,
  direction: Direction,
): { images: number; ordered: Column[] } {
  const complete = completeImages([...values.values()]);
  if (complete.length === 0) return { images: 0, ordered: [] };
  const sign = direction === 'lower' ? 1 : -1;
  const ordered = [...values]
    .map(([id, column]) => {
      const kept = complete.map((image) => column[image] as number);
      return { id, kept, mean: mean(kept) as number };
    })
    .sort((a, b) => sign * (a.mean - b.mean));
  return { images: complete.length, ordered };
}

/** Every pair once, the better one first. */
function pairsOf(ordered: readonly Column[]): { first: Column; second: Column }[] {
  return ordered.flatMap((first, i) => ordered.slice(i + 1).map((second) => ({ first, second })));
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

import { randomStream } from '../random.js';
import type { Numbers } from './metric.js';

/** Up to this many images every assignment of signs is tried; beyond, a seeded sample of them. */
const EXACT_UP_TO = 20;

/** A sum this much smaller, relative to the sum of absolute differences, still counts as equal: rounding. */
const ROUNDING = 1e-10;

const PERMUTATIONS = 9999;

export interface PermutationOptions {
  seed: number;
  /** Sampled assignments of signs where there are too many to try all. */
  permutations?: number;
}

/**
 * Two-sided paired permutation test (Fisher 1935): the share of sign assignments whose |sum of differences|
 * is at least the observed one. If the two methods were interchangeable, every difference could as well have
 * had the other sign. Exact up to 20 images (the smallest p is then 2 / 2^n); beyond, (hits + 1) /
 * (permutations + 1), which is valid at every level (Phipson and Smyth 2010). Undefined of no differences, or
 * where one is not a finite number; 1 if all of them are 0.
 */
export function signFlipTest(
  differences: Numbers,
  { seed, permutations = PERMUTATIONS }: PermutationOptions,
): number | undefined {
  const n = differences.length;
  if (n === 0) return undefined;
  const values = Float64Array.from(differences);
  let [observed, size] = [0, 0];
  for (const value of values) {
    observed += value;
    size += Math.abs(value);
  }
  if (!Number.isFinite(size)) return undefined;
  const threshold = Math.abs(observed) - ROUNDING * size;
  if (n <= EXACT_UP_TO) return exactHits(values, threshold) / 2 ** n;
  return (sampledHits(values, threshold, permutations, seed) + 1) / (permutations + 1);
}

/** So many sampled assignments that the smallest p of {@link signFlipTest} is half of what Holm asks of the first of these pairs. */
export function permutationsFor(pairs: number, level: number): number {
  return Math.max(PERMUTATIONS, Math.ceil((2 * pairs) / level));
}

/**
 * How many of all 2^n assignments have a |sum| of at least `threshold`: each is a sum over one half of the values and one over the
 * other, and with both lists ascending, what suffices of the second one grows as the first one falls.
 */
function exactHits(values: Float64Array, threshold: number): number {
  if (threshold <= 0) return 2 ** values.length;
  const half = values.length >> 1;
  const firsts = ascendingSums(values.subarray(0, half));
  const seconds = ascendingSums(values.subarray(half));
  let hits = 0;
  let enough = 0;
  for (const first of firsts.reverse()) {
    while (enough < seconds.length && first + (seconds[enough] as number) < threshold) enough++;
    hits += seconds.length - enough;
  }
  // Every sum has its negative, exactly.
  return 2 * hits;
}

/** The sums under all assignments of signs, in ascending order: with every value two ordered lists are merged. */
function ascendingSums(values: Float64Array): Float64Array {
  return values.reduce((sums, value) => {
    const size = Math.abs(value);
    const merged = new Float64Array(2 * sums.length);
    let [low, high] = [0, 0];
    for (let i = 0; i < merged.length; i++) {
      const lower = (sums[low] ?? Number.POSITIVE_INFINITY) - size;
      const higher = (sums[high] as number) + size;
      merged[i] = lower <= higher ? lower : higher;
      if (lower <= higher) low++;
      else high++;
    }
    return merged;
  }, Float64Array.of(0));
}

/**
 * Draws the signs of 32 values with every random word, and takes them eight at a time from a table of their
 * sums.
 */
function sampledHits(values: Float64Array, threshold: number, permutations: number, seed: number): number {
  const words = Math.ceil(values.length / 32);
  const signsAt = signsOf(seed, values.length, permutations * words);
  const sums = sumsOfEight(values, 4 * words);
  let hits = 0;
  for (let permutation = 0; permutation < permutations; permutation++) {
    let sum = 0;
    for (let word = 0; word < words; word++) {
      const signs = signsAt(permutation * words + word);
      for (let byte = 0; byte < 4; byte++) {
        sum += sums[(4 * word + byte) * 256 + ((signs >>> (8 * byte)) & 255)] as number;
      }
    }
    if (Math.abs(sum) >= threshold) hits++;
  }
  return hits;
}

/** Words that are kept: 16 MB. */
const MOST_KEPT = 2 ** 22;
let kept = { of: '', words: new Uint32Array() };

/** Random words by place. All pairs of a table take the same ones, so the last are kept, unless they are too many. */
function signsOf(seed: number, values: number, count: number): (place: number) => number {
  const stream = randomStream(seed, 'sign-flip', values);
  const drawn = (place: number) => stream.integer(place, 2 ** 32);
  if (count > MOST_KEPT) return drawn;
  const of = `${seed} ${values} ${count}`;
  if (kept.of !== of) kept = { of, words: Uint32Array.from({ length: count }, (_, place) => drawn(place)) };
  const { words } = kept;
  return (place) => words[place] as number;
}

/**
 * For every group of eight values, their sum under each of the 256 assignments of signs; missing values are
 * 0.
 */
function sumsOfEight(values: Float64Array, groups: number): Float64Array {
  return Float64Array.from({ length: groups * 256 }, (_, entry) => {
    const first = 8 * Math.floor(entry / 256);
    let sum = 0;
    for (let bit = 0; bit < 8; bit++) {
      const value = values[first + bit] ?? 0;
      sum += (entry >>> bit) & 1 ? value : -value;
    }
    return sum;
  });
}

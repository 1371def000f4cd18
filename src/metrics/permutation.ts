import { randomStream } from '../random.js';
import type { Numbers } from './metric.js';

/** Up to this many images every assignment of signs is tried; beyond, a seeded sample of them. */
const EXACT_UP_TO = 20;

/** A sum this much smaller, relative to the sum of absolute differences, still counts as equal: rounding. */
const ROUNDING = 1e-10;

export interface PermutationOptions {
  seed: number;
  /** Sampled assignments of signs where there are too many to try all. Default 9999. */
  permutations?: number;
}

/**
 * Two-sided paired permutation test (Fisher 1935): the share of sign assignments whose |sum of differences|
 * is at least the observed one. If the two methods were interchangeable, every difference could as well have
 * had the other sign. Exact up to 20 images (the smallest p is then 2 / 2^n); beyond, (hits + 1) /
 * (permutations + 1), which is valid at every level (Phipson and Smyth 2010). Undefined of no differences; 1
 * if all of them are 0.
 */
export function signFlipTest(
  differences: Numbers,
  { seed, permutations = 9999 }: PermutationOptions,
): number | undefined {
  const n = differences.length;
  if (n === 0) return undefined;
  const values = Float64Array.from(differences);
  let [observed, size] = [0, 0];
  for (const value of values) {
    observed += value;
    size += Math.abs(value);
  }
  const threshold = Math.abs(observed) - ROUNDING * size;
  if (n <= EXACT_UP_TO) return exactHits(values, observed, threshold) / 2 ** n;
  return (sampledHits(values, threshold, permutations, seed) + 1) / (permutations + 1);
}

/** Walks all 2^n sign assignments in Gray-code order: one sign changes a step. */
function exactHits(values: Float64Array, observed: number, threshold: number): number {
  const signed = Float64Array.from(values);
  let sum = observed;
  let hits = 1;
  for (let step = 1; step < 2 ** values.length; step++) {
    const changed = 31 - Math.clz32(step & -step);
    sum -= 2 * (signed[changed] as number);
    signed[changed] = -(signed[changed] as number);
    if (Math.abs(sum) >= threshold) hits++;
  }
  return hits;
}

/** Draws the signs of 32 values from every random word. */
function sampledHits(values: Float64Array, threshold: number, permutations: number, seed: number): number {
  const stream = randomStream(seed, 'sign-flip', values.length);
  const words = Math.ceil(values.length / 32);
  let hits = 0;
  for (let permutation = 0; permutation < permutations; permutation++) {
    let sum = 0;
    for (let word = 0; word < words; word++) {
      const signs = stream.integer(permutation * words + word, 2 ** 32);
      const end = Math.min(values.length, 32 * word + 32);
      for (let i = 32 * word; i < end; i++) {
        sum += (signs >>> (i % 32)) & 1 ? (values[i] as number) : -(values[i] as number);
      }
    }
    if (Math.abs(sum) >= threshold) hits++;
  }
  return hits;
}

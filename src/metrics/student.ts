import { studentQuantile } from './distributions.js';
import type { Estimate } from './estimate.js';
import { mean, standardDeviation } from './statistics.js';

/**
 * The mean with Student's interval, mean +- t(n - 1) s / sqrt(n). For many comparisons at once, whose intervals reach
 * further out than the tails of any affordable bootstrap. No interval of a single value; undefined of none, or
 * where one is not a finite number.
 * @param confidence coverage of the interval, 0..1
 */
export function studentMean(values: readonly number[], confidence: number): Estimate | undefined {
  const value = mean(values);
  if (value === undefined || !Number.isFinite(value)) return undefined;
  const images = values.length;
  const deviation = standardDeviation(values);
  if (deviation === undefined) return { images, value, low: undefined, high: undefined };
  const reach = (studentQuantile((1 + confidence) / 2, images - 1) * deviation) / Math.sqrt(images);
  return { images, value, low: value - reach, high: value + reach };
}

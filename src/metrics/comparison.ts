import type { Bootstrap } from './bootstrap.js';
import type { Estimate } from './estimate.js';
import { assertSameLength } from './metric.js';
import { type PermutationOptions, signFlipTest } from './permutation.js';
import { cohensD } from './statistics.js';
import { anytimePValue } from './stopping.js';

/**
 * One value an image, in the same order of images for everything that is compared; undefined where the image
 * has none.
 */
export type ValuePerImage = readonly (number | undefined)[];

/** How two methods (or a run and its baseline) differ over the images that both have. */
export interface Comparison {
  /** Mean of the paired differences, first minus second, with its bootstrap interval. */
  difference: Estimate;
  /** Two-sided paired permutation test; where the images were not fixed beforehand, the anytime-valid p-value. */
  pValue: number;
  /** Cohen's d_z of the differences; undefined where they do not vary. */
  effectSize: number | undefined;
}

/** How two methods are tested. */
export interface TestOptions extends PermutationOptions {
  /** Whether the number of images was fixed beforehand, default true. */
  fixedSample?: boolean;
}

/** Compares two methods image by image. Undefined if no image has a value for both. */
export function compare(
  first: ValuePerImage,
  second: ValuePerImage,
  bootstrap: Bootstrap,
  test: TestOptions,
): Comparison | undefined {
  const differences = pairedDifferences(first, second);
  const difference = bootstrap.mean(differences);
  const pValue = pairedPValue(differences, test);
  if (!difference || pValue === undefined) return undefined;
  return { difference, pValue, effectSize: cohensD(differences, largestOf(first, second)) };
}

/** The p-value of paired differences, two-sided; undefined of none. */
export function pairedPValue(
  differences: readonly number[],
  { fixedSample = true, ...test }: TestOptions,
): number | undefined {
  return fixedSample ? signFlipTest(differences, test) : (anytimePValue(differences) ?? 1);
}

/** The largest magnitude among the values of two methods. */
function largestOf(...columns: readonly ValuePerImage[]): number {
  return columns.flat().reduce<number>((most, value) => Math.max(most, Math.abs(value ?? 0)), 0);
}

/** First minus second for every image that has both values. */
export function pairedDifferences(first: ValuePerImage, second: ValuePerImage): number[] {
  assertSameLength('values to compare', first as number[], second as number[]);
  return first.flatMap((value, image) => {
    const other = second[image];
    return value === undefined || other === undefined ? [] : [value - other];
  });
}

import { normalCdf, studentCdf } from './distributions.js';
import type { Numbers } from './metric.js';
import { mean, standardDeviation } from './statistics.js';
import { studentMean } from './student.js';

/**
 * Tests that look at the images a few times before all of them are there (O'Brien and Fleming 1979, Biometrics 35): at
 * look k of K, after k / K of the images, the two-sided test must be as strong as c sqrt(K / k) standard deviations.
 * Early looks decide only what is overwhelming, so that the last one costs hardly more than a test without looks.
 */

/** Cells of the grid on which the path of the test is followed between looks. */
const CELLS = 400;

/**
 * The constant c of K looks: that a walk of independent steps ever leaves the bounds has probability `alpha`. Found by
 * following the density of the walk from look to look (Armitage, McPherson and Rowe 1969).
 */
export function obrienFlemingConstant(looks: number, alpha: number): number {
  let [low, high] = [0, 10];
  while (high - low > 1e-7) {
    const middle = (low + high) / 2;
    if (crossing(looks, middle) > alpha) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The probability that a walk of unit steps leaves +- c sqrt(looks) at one of its looks. */
function crossing(looks: number, c: number): number {
  const bound = c * Math.sqrt(looks);
  const width = (2 * bound) / CELLS;
  const places = Float64Array.from({ length: CELLS }, (_, i) => -bound + (i + 0.5) * width);
  let density: Float64Array = places.map((x) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI));
  let inside = 1 - 2 * normalCdf(-bound);
  for (let look = 2; look <= looks; look++) {
    inside = 0;
    for (let i = 0; i < CELLS; i++) {
      const x = places[i] as number;
      const stays = normalCdf(bound - x) - normalCdf(-bound - x);
      inside += (density[i] as number) * stays * width;
    }
    if (look < looks) density = stepped(density, width);
  }
  return 1 - inside;
}

/** The density one look later, of the walks that are still inside. */
function stepped(density: Float64Array, width: number): Float64Array {
  const kernel = Float64Array.from(
    density,
    (_, d) => Math.exp(-((d * width) ** 2) / 2) / Math.sqrt(2 * Math.PI),
  );
  return density.map((_, i) => {
    let sum = 0;
    for (let j = 0; j < density.length; j++)
      sum += (density[j] as number) * (kernel[Math.abs(i - j)] as number);
    return sum * width;
  });
}

/** How many images there are at look k = 1..looks of at most `most`. */
export function lookAt(k: number, looks: number, most: number): number {
  return Math.ceil((k * most) / looks);
}

/**
 * Whether the sign of a mean is decided at look k: Student's test of the values so far has a p below that of the bound.
 * No decision where there are fewer than two values.
 *
 * @param constant of {@link obrienFlemingConstant}
 */
export function decidedAtLook(values: Numbers, k: number, looks: number, constant: number): boolean {
  const deviation = standardDeviation(values);
  if (deviation === undefined) return false;
  const centre = mean(values) as number;
  if (deviation === 0) return centre !== 0;
  const t = (Math.abs(centre) * Math.sqrt(values.length)) / deviation;
  const p = 2 * studentCdf(-t, values.length - 1);
  return p <= 2 * normalCdf(-constant * Math.sqrt(looks / k));
}

/**
 * Whether a mean is known to +- halfWidth (Chow and Robbins 1965, Ann. Math. Statist. 36): sampling until Student's
 * interval is that narrow covers as it promises when the width is small. From `least` images on, since a small first
 * sample may look narrow by chance.
 */
export function isNarrow(
  values: readonly number[],
  halfWidth: number,
  confidence: number,
  least: number,
): boolean {
  if (values.length < least) return false;
  const { value = 0, high } = studentMean(values, confidence) ?? {};
  return high !== undefined && high - value <= halfWidth;
}

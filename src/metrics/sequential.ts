import type { Numbers } from './metric.js';
import { mean, standardDeviation } from './statistics.js';

/**
 * Intervals that hold at every number of images at once, so that one may look after each image and stop. An interval
 * for a fixed number of images, looked at again and again, misses the truth in the end about half the time.
 */

/** A confidence sequence at one moment. */
export interface Running {
  /** Images so far. */
  readonly images: number;
  readonly mean: number;
  /** Half the width of the interval around `mean`. */
  readonly radius: number;
}

/**
 * The mixture parameter at which the asymptotic confidence sequence is narrowest after `images` images
 * (Waudby-Smith et al. 2021, arXiv 2103.06476, appendix B.2): sqrt((-2 log a + log(1 - 2 log a)) / images).
 */
export function tightestAt(images: number, alpha: number): number {
  return Math.sqrt((-2 * Math.log(alpha) + Math.log(1 - 2 * Math.log(alpha))) / images);
}

/**
 * The asymptotic confidence sequence of a mean (Waudby-Smith et al. 2021, theorem 2.2): mean +- s sqrt(2 q / (t^2 rho^2)
 * log(sqrt(q) / a)), q = t rho^2 + 1. Undefined of fewer than two values. It covers from a burn-in of some fifty images
 * on; strong skew needs more.
 *
 * @param alpha share of the sequences that may miss the truth anywhere, 0..1
 * @param rho where it is narrowest: {@link tightestAt}
 */
export function asymptoticSequence(values: Numbers, alpha: number, rho: number): Running | undefined {
  const deviation = standardDeviation(values);
  if (deviation === undefined) return undefined;
  const t = values.length;
  const q = t * rho ** 2 + 1;
  const radius = deviation * Math.sqrt(((2 * q) / (t * rho) ** 2) * Math.log(Math.sqrt(q) / alpha));
  return { images: t, mean: mean(values) as number, radius };
}

/**
 * The p-value that belongs to {@link asymptoticSequence}, valid at every moment: of a mean of 0. It is below alpha
 * exactly where 0 lies outside the sequence of that alpha. Where nothing varies, 0 for any other mean.
 */
export function anytimeP(values: Numbers, rho: number): number | undefined {
  const deviation = standardDeviation(values);
  if (deviation === undefined) return undefined;
  const centre = mean(values) as number;
  if (deviation === 0) return centre === 0 ? 1 : 0;
  const t = values.length;
  const q = t * rho ** 2 + 1;
  return Math.min(1, Math.sqrt(q) * Math.exp(-((t * rho * centre) ** 2) / (2 * q * deviation ** 2)));
}

/** What bets on bounded values know before each of them: running means and variances, started at 1/2 and 1/4. */
interface Prediction {
  readonly value: number;
  readonly mean: number;
  /** The bet, before any cap: sqrt(2 log(2 / a) / (variance t log(1 + t))). */
  readonly bet: number;
}

function predictions(values: Numbers, alpha: number): Prediction[] {
  let [centre, variance, sum, squares] = [1 / 2, 1 / 4, 0, 0];
  return Array.from({ length: values.length }, (_, i) => {
    const value = values[i] as number;
    const t = i + 1;
    const bet = Math.sqrt((2 * Math.log(2 / alpha)) / (variance * t * Math.log(1 + t)));
    const prediction = { value, mean: centre, bet };
    sum += value;
    centre = (1 / 2 + sum) / (t + 1);
    squares += (value - centre) ** 2;
    variance = (1 / 4 + squares) / (t + 1);
    return prediction;
  });
}

/**
 * The empirical Bernstein confidence sequence of the mean of values in 0..1 (Waudby-Smith and Ramdas 2023, arXiv
 * 2010.09686, theorem 2). Holds for any number of values; undefined of none.
 */
export function empiricalBernstein(values: Numbers, alpha: number): Running | undefined {
  let [weighted, weights, penalty] = [0, 0, 0];
  for (const { value, mean: centre, bet } of predictions(values, alpha)) {
    const lambda = Math.min(1 / 2, bet);
    weighted += lambda * value;
    weights += lambda;
    penalty += (value - centre) ** 2 * (-Math.log1p(-lambda) - lambda);
  }
  if (weights === 0) return undefined;
  return {
    images: values.length,
    mean: weighted / weights,
    radius: (Math.log(2 / alpha) + penalty) / weights,
  };
}

/** Steps of the grid on which {@link bettingSequence} looks for its ends. */
const GRID = 1000;

/**
 * The hedged capital confidence sequence of the mean of values in 0..1 (Waudby-Smith and Ramdas 2023, theorem 3), for
 * shares and hits: a gambler who bets against a mean v becomes rich unless v is the mean. Its ends lie on a grid of
 * 1/1000 and hold for any number of values. Intersected over time, so it never widens.
 */
export function bettingSequence(values: Numbers, alpha: number): { low: number; high: number } {
  const bets = predictions(values, alpha);
  let [low, high] = [0, GRID];
  const up = new Float64Array(GRID + 1);
  const down = new Float64Array(GRID + 1);
  for (const { value, bet } of bets) {
    const inside = (g: number) => Math.max(up[g] as number, down[g] as number) < Math.log(2 / alpha);
    for (let g = low; g <= high; g++) {
      const v = g / GRID;
      up[g] = (up[g] as number) + Math.log1p(Math.min(bet, 1 / (2 * v)) * (value - v));
      down[g] = (down[g] as number) + Math.log1p(-Math.min(bet, 1 / (2 * (1 - v))) * (value - v));
    }
    while (low < high && !inside(low)) low++;
    while (high > low && !inside(high)) high--;
  }
  return { low: low / GRID, high: high / GRID };
}

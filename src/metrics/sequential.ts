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

/** What bets on bounded values know before the next of them: running means and variances, started at 1/2 and 1/4. */
class Predictor {
  /** The mean of the values so far. */
  mean = 1 / 2;
  #count = 0;
  #sum = 0;
  #squares = 0;

  constructor(readonly alpha: number) {}

  /** The bet, before any cap: sqrt(2 log(2 / a) / (variance t log(1 + t))). */
  get bet(): number {
    const t = this.#count + 1;
    const variance = (1 / 4 + this.#squares) / t;
    return Math.sqrt((2 * Math.log(2 / this.alpha)) / (variance * t * Math.log(1 + t)));
  }

  add(value: number): void {
    this.#count++;
    this.#sum += value;
    this.mean = (1 / 2 + this.#sum) / (this.#count + 1);
    this.#squares += (value - this.mean) ** 2;
  }
}

/** Steps of the grid on which {@link BettingSequence} looks for its ends. */
const GRID = 1000;

/**
 * The hedged capital confidence sequence of the mean of values in 0..1 (Waudby-Smith and Ramdas 2023, theorem 3), for
 * shares and hits: a gambler who bets against a mean v becomes rich unless v is the mean. Its ends lie on a grid of
 * 1/1000 and hold for any number of values. Intersected over time, so it never widens.
 */
export class BettingSequence {
  readonly #before: Predictor;
  readonly #rich: number;
  /** The logarithm of what bets on a mean above and below each v of the grid have become. */
  readonly #up = new Float64Array(GRID + 1);
  readonly #down = new Float64Array(GRID + 1);
  #low = 0;
  #high = GRID;

  constructor(alpha: number) {
    this.#before = new Predictor(alpha);
    this.#rich = Math.log(2 / alpha);
  }

  get low(): number {
    return this.#low / GRID;
  }

  get high(): number {
    return this.#high / GRID;
  }

  add(value: number): void {
    const { bet } = this.#before;
    for (let g = this.#low; g <= this.#high; g++) {
      const v = g / GRID;
      const [up, down] = [Math.min(bet, 1 / (2 * v)), Math.min(bet, 1 / (2 * (1 - v)))];
      this.#up[g] = (this.#up[g] as number) + Math.log1p(up * (value - v));
      this.#down[g] = (this.#down[g] as number) + Math.log1p(-down * (value - v));
    }
    while (this.#low < this.#high && !this.#holds(this.#low)) this.#low++;
    while (this.#high > this.#low && !this.#holds(this.#high)) this.#high--;
    this.#before.add(value);
  }

  #holds(g: number): boolean {
    return Math.max(this.#up[g] as number, this.#down[g] as number) < this.#rich;
  }
}

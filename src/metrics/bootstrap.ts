import { checkLimit } from '../files/limits.js';
import { type RandomStream, randomStream } from '../random.js';
import { normalCdf, normalQuantile, studentQuantile } from './distributions.js';
import { type Estimate, FEWEST } from './estimate.js';
import { assertSameLength, finite, type MetricInfo, type Numbers } from './metric.js';
import { wilsonShare } from './share.js';
import { sum } from './statistics.js';
import { studentMean } from './student.js';

export interface BootstrapOptions {
  seed: number;
  /** How many times the images are drawn anew. Default 2000. */
  resamples?: number;
  /** Coverage of the interval. Default 0.95. */
  confidence?: number;
  /**
   * `bca` (default): bias-corrected and accelerated. `percentile`: quantiles of the resampled values as they
   * are.
   */
  method?: 'bca' | 'percentile';
  /**
   * Whether the number of images was fixed beforehand, default true. Where the values told when to stop, no interval is
   * given: none of these would hold.
   */
  fixedSample?: boolean;
}

type Range = MetricInfo['range'];

/** Draws that are kept for the next call of the same n, 256 MB. */
const KEPT = 2 ** 26;

/**
 * Bootstrap intervals, all over the same resamples of the images: differences between methods are not blurred
 * by chance.
 */
export interface Bootstrap {
  /**
   * The mean of one value an image, with Student's interval for fewer than {@link FEWEST}. Undefined of no images.
   * @param range the least and the greatest value that there is; Student's interval, which may reach further, is cut there
   */
  mean(values: Numbers, range?: Range): Estimate | undefined;
  /**
   * The mean of hits and misses, one value of 0..1 an image, with Wilson's interval. Of shares of hits, the means of draws say,
   * it is wider than it need be, since they vary less than hits. Undefined of no images.
   */
  share(values: Numbers): Estimate | undefined;
  /**
   * A function of the means of several columns, one entry an image in each (a ratio of means, say); no interval for fewer
   * than {@link FEWEST} images. Undefined where it has no value.
   */
  of(columns: readonly Numbers[], statistic: (means: readonly number[]) => number): Estimate | undefined;
}

/**
 * Seeded bootstrap over images (Efron 1987). Percentile intervals take the quantiles Phi(-z) and Phi(z) of
 * the resampled values, BCa intervals Phi(z0 + (z0 -+ z) / (1 - a (z0 -+ z))) with bias z0 from the resamples
 * and acceleration a from the jackknife. z is not 1.96 but sqrt(n/(n-1)) times Student's quantile: the
 * widening that keeps coverage with few images (the "expanded" interval of Hesterberg 2015, "What teachers
 * should know about the bootstrap", arXiv 1411.5279).
 */
export function createBootstrap(options: BootstrapOptions): Bootstrap {
  const { seed, resamples = 2000, confidence = 0.95, method = 'bca', fixedSample = true } = options;
  const drawn = new Map<number, Uint32Array>();
  let kept = 0;

  /**
   * Which images make up each resample: `resamples` rows of n indices. Kept, since most calls have the same
   * n.
   */
  function draws(n: number): Uint32Array {
    const known = drawn.get(n);
    if (known) return known;
    checkLimit('draws', resamples * n, `${resamples} resamples of ${n} images`);
    if (kept + resamples * n > KEPT) {
      drawn.clear();
      kept = 0;
    }
    kept += resamples * n;
    const stream: RandomStream = randomStream(seed, 'bootstrap', n);
    const indices = new Uint32Array(resamples * n);
    for (let i = 0; i < indices.length; i++) indices[i] = stream.integer(i, n);
    drawn.set(n, indices);
    return indices;
  }

  function of(
    columns: readonly Numbers[],
    statistic: (means: readonly number[]) => number,
  ): Estimate | undefined {
    const [first] = columns;
    for (const column of columns) assertSameLength('columns to resample', column, first as Numbers);
    const images = first?.length ?? 0;
    const value = images === 0 ? undefined : finite(statistic(columns.map((column) => sum(column) / images)));
    if (value === undefined) return undefined;
    const none = { images, value, low: undefined, high: undefined };
    if (images < FEWEST || !fixedSample) return none;
    const replicates = resample(columns, statistic, draws(images));
    if (!replicates.every(Number.isFinite)) return none;
    replicates.sort();
    const shape =
      method === 'bca'
        ? { bias: biasOf(replicates, value), acceleration: accelerationOf(columns, statistic) }
        : { bias: 0, acceleration: 0 };
    const z = Math.sqrt(images / (images - 1)) * studentQuantile((1 + confidence) / 2, images - 1);
    return {
      images,
      value,
      low: quantile(replicates, adjustedLevel(-z, shape)),
      high: quantile(replicates, adjustedLevel(z, shape)),
    };
  }

  return {
    of,
    share: (values) =>
      fixedSample ? wilsonShare(values, confidence) : of([values], ([only]) => only as number),
    mean: (values, range) =>
      values.length < FEWEST && fixedSample
        ? ofFew(Array.from(values), confidence, range)
        : of([values], ([only]) => only as number),
  };
}

/**
 * Student's interval, cut where the mean cannot lie, which costs no coverage; none where nothing varies, since so few say
 * nothing of what the next one would be.
 */
function ofFew(
  values: readonly number[],
  confidence: number,
  [least, most]: Range = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
): Estimate | undefined {
  const estimate = studentMean(values, confidence);
  if (!estimate || estimate.low === undefined) return estimate;
  return values.every((value) => value === values[0])
    ? { ...estimate, low: undefined, high: undefined }
    : {
        ...estimate,
        low: Math.max(least, estimate.low),
        high: Math.min(most, estimate.high as number),
        interval: 'student',
      };
}

/** The statistic of every resample. */
function resample(
  columns: readonly Numbers[],
  statistic: (means: readonly number[]) => number,
  draws: Uint32Array,
): Float64Array {
  const data = columns.map((column) => Float64Array.from(column));
  const n = (data[0] as Float64Array).length;
  return Float64Array.from({ length: draws.length / n }, (_, row) => {
    return statistic(data.map((column) => meanOfDrawn(column, draws, row * n)));
  });
}

function meanOfDrawn(column: Float64Array, draws: Uint32Array, from: number): number {
  let total = 0;
  for (let i = from; i < from + column.length; i++) total += column[draws[i] as number] as number;
  return total / column.length;
}

/** z0: the normal quantile of the share of resampled values below the estimate, ties half. */
function biasOf(replicates: Float64Array, value: number): number {
  let below = 0;
  for (const replicate of replicates) below += replicate < value ? 1 : replicate === value ? 0.5 : 0;
  const atLeast = 0.5 / replicates.length;
  return normalQuantile(Math.min(1 - atLeast, Math.max(atLeast, below / replicates.length)));
}

/** a = sum d_i^3 / (6 (sum d_i^2)^1.5), d_i the jackknife values' distances below their mean. */
function accelerationOf(
  columns: readonly Numbers[],
  statistic: (means: readonly number[]) => number,
): number {
  const n = (columns[0] as Numbers).length;
  const totals = columns.map(sum);
  const leaveOneOut = Float64Array.from({ length: n }, (_, i) =>
    statistic(columns.map((column, c) => ((totals[c] as number) - (column[i] as number)) / (n - 1))),
  );
  const centre = sum(leaveOneOut) / n;
  let [squares, cubes] = [0, 0];
  for (const value of leaveOneOut) {
    squares += (centre - value) ** 2;
    cubes += (centre - value) ** 3;
  }
  return finite(cubes / (6 * squares ** 1.5)) ?? 0;
}

/**
 * The BCa level of a normal quantile z; a level beyond the formula's pole is the end of the distribution it
 * runs to.
 */
function adjustedLevel(z: number, { bias, acceleration }: { bias: number; acceleration: number }): number {
  const shifted = bias + z;
  const scale = 1 - acceleration * shifted;
  return scale > 0 ? normalCdf(bias + shifted / scale) : shifted > 0 ? 1 : 0;
}

/** The quantile of sorted values, linear between neighbours. */
function quantile(sorted: Float64Array, level: number): number {
  const position = level * (sorted.length - 1);
  const below = sorted[Math.floor(position)] as number;
  const above = sorted[Math.ceil(position)] as number;
  return below + (above - below) * (position % 1);
}

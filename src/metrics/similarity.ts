import { assertSameLength, finite, type Numbers } from './metric.js';
import { relevancePart } from './relevance.js';
import { isConstant, mean } from './statistics.js';

/** Two heatmaps of the same image, row by row. */
export interface HeatmapPair {
  first: Numbers;
  second: Numbers;
  width: number;
}

/** Pearson's correlation, -1..1. Undefined where one of the two does not vary. */
export function pearson(first: Numbers, second: Numbers): number | undefined {
  assertSameLength('values to correlate', first, second);
  // The mean of equal numbers may differ from them in its last bit: what is left would correlate with anything.
  if (isConstant(first) || isConstant(second)) return undefined;
  const [centreA, centreB] = [mean(first) ?? 0, mean(second) ?? 0];
  let [squaresA, squaresB, products] = [0, 0, 0];
  for (let i = 0; i < first.length; i++) {
    const a = (first[i] as number) - centreA;
    const b = (second[i] as number) - centreB;
    squaresA += a * a;
    squaresB += b * b;
    products += a * b;
  }
  return finite(products / Math.sqrt(squaresA * squaresB));
}

/** Spearman's rank correlation: {@link pearson} of the ranks, equal values sharing their mean rank. */
export function spearman(first: Numbers, second: Numbers): number | undefined {
  return pearson(ranks(first), ranks(second));
}

function ranks(values: Numbers): Float64Array {
  const order = Uint32Array.from(values, (_, i) => i).sort(
    (a, b) => (values[a] as number) - (values[b] as number),
  );
  const ranked = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to] as number] === values[order[from] as number]) to++;
    for (let i = from; i < to; i++) ranked[order[i] as number] = (from + to - 1) / 2;
    from = to;
  }
  return ranked;
}

const WINDOW = 11;
const SIGMA = 1.5;

/**
 * Structural similarity (Wang et al. 2004, equation 13; Gaussian window of 11 x 11 with sigma 1.5, K1 = 0.01,
 * K2 = 0.03), the mean over all windows that lie within the map. 1 for equal maps. Undefined of a map smaller
 * than a window.
 * @param range span of the values, L: 1 for values in 0..1, 2 for -1..1
 */
export function ssim({ first, second, width }: HeatmapPair, range: number): number | undefined {
  assertSameLength('maps to compare', first, second);
  if (Math.min(width, first.length / width) < WINDOW) return undefined;
  const smooth = (product: (i: number) => number) =>
    smoothed(
      Float64Array.from(first, (_, i) => product(i)),
      width,
    );
  const [a, b] = [(i: number) => first[i] as number, (i: number) => second[i] as number];
  const [meanA, meanB] = [smooth(a), smooth(b)];
  const [squareA, squareB, product] = [
    smooth((i) => a(i) ** 2),
    smooth((i) => b(i) ** 2),
    smooth((i) => a(i) * b(i)),
  ];
  const [c1, c2] = [(0.01 * range) ** 2, (0.03 * range) ** 2];
  const local = meanA.map((muA, i) => {
    const muB = meanB[i] as number;
    const variances = (squareA[i] as number) - muA ** 2 + (squareB[i] as number) - muB ** 2;
    const covariance = (product[i] as number) - muA * muB;
    return ((2 * muA * muB + c1) * (2 * covariance + c2)) / ((muA ** 2 + muB ** 2 + c1) * (variances + c2));
  });
  return finite(mean(local) as number);
}

const GAUSSIAN = (() => {
  const weights = Array.from({ length: WINDOW }, (_, i) =>
    Math.exp(-((i - (WINDOW - 1) / 2) ** 2) / (2 * SIGMA ** 2)),
  );
  const total = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / total);
})();

/** The Gaussian mean of every window within a map: along rows, then along columns. */
function smoothed(map: Float64Array, width: number): Float64Array {
  const height = map.length / width;
  const columns = width - WINDOW + 1;
  const alongRows = Float64Array.from({ length: columns * height }, (_, i) =>
    weighted(map, Math.floor(i / columns) * width + (i % columns), 1),
  );
  return Float64Array.from({ length: columns * (height - WINDOW + 1) }, (_, i) =>
    weighted(alongRows, i, columns),
  );
}

function weighted(map: Float64Array, from: number, stride: number): number {
  let total = 0;
  for (let k = 0; k < WINDOW; k++) total += (GAUSSIAN[k] as number) * (map[from + k * stride] as number);
  return total;
}

/**
 * Divides by the largest absolute value, so that what remains is the shape; an all-zero map stays as it is.
 */
function scaled(map: Float64Array): Float64Array {
  const most = map.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  return most === 0 ? map : map.map((value) => value / most);
}

function parts({ first, second, width }: HeatmapPair, part: 'signed' | 'absolute'): HeatmapPair {
  return { first: relevancePart(first, part), second: relevancePart(second, part), width };
}

function ssimOf(pair: HeatmapPair, part: 'signed' | 'absolute', range: number): number | undefined {
  const { first, second, width } = parts(pair, part);
  return ssim({ first: scaled(first as Float64Array), second: scaled(second as Float64Array), width }, range);
}

function spearmanOf(pair: HeatmapPair, part: 'signed' | 'absolute'): number | undefined {
  const { first, second } = parts(pair, part);
  return spearman(first, second);
}

/**
 * What the model-randomisation check compares heatmaps by (Adebayo et al. 2018, arXiv 1810.03292). SSIM takes
 * maps divided by their largest absolute value; of a map and its negative it may still be near 1, where both
 * factors change their sign.
 */
export const SIMILARITIES = {
  spearman: (pair: HeatmapPair) => spearmanOf(pair, 'signed'),
  spearman_absolute: (pair: HeatmapPair) => spearmanOf(pair, 'absolute'),
  ssim: (pair: HeatmapPair) => ssimOf(pair, 'signed', 2),
  ssim_absolute: (pair: HeatmapPair) => ssimOf(pair, 'absolute', 1),
} as const satisfies Record<string, (pair: HeatmapPair) => number | undefined>;
export type Similarity = keyof typeof SIMILARITIES;

/** Whether a method's heatmaps change with the network they are to explain. */
export interface Reaction {
  images: number;
  /** Mean similarity between the heatmaps of the trained and of the re-initialised network. */
  similarity: number;
  /** False for a method to be flagged: it draws much the same whatever the network has learned. */
  reacts: boolean;
}

/**
 * Judges a method by its similarities, one an image, once layers are re-initialised; at or below `threshold` it
 * reacts. Undefined if no image has a similarity.
 */
export function judgeReaction(
  similarities: readonly (number | undefined)[],
  threshold: number,
): Reaction | undefined {
  const known = similarities.filter((value) => value !== undefined);
  const similarity = mean(known);
  if (similarity === undefined) return undefined;
  return { images: known.length, similarity, reacts: similarity <= threshold };
}

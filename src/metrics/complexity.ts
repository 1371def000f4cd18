import { finite, type Metric, type Numbers, UNIT_RANGE } from './metric.js';
import { relevancePart } from './relevance.js';
import { sum } from './statistics.js';

/**
 * How concentrated a heatmap is. None of these says whether a heatmap is right; a simple one is easier to
 * read. All are undefined of a map without relevance (of the counted kind), and all but `entropy` and the counts of
 * effective complexity are free of the map's size.
 */

/** Entropy of |R| / sum |R| in bits: 0 if one pixel holds everything, log2(pixels) if all hold the same. */
export function relevanceEntropy(heatmap: Numbers): number | undefined {
  return finite(entropy(relevancePart(heatmap, 'absolute')));
}

/**
 * Gini index of |R|: 1 - 2 sum_k |R|_(k) / sum |R| * (N - k + 1/2) / N over |R| in ascending order, k = 1..N
 * (Hurley and Rickard 2009): 0 if all pixels hold the same, 1 - 1/N if one holds everything.
 */
export function giniIndex(heatmap: Numbers): number | undefined {
  const ascending = relevancePart(heatmap, 'absolute').sort();
  const n = ascending.length;
  let weighted = 0;
  ascending.forEach((value, i) => {
    weighted += value * ((n - i - 0.5) / n);
  });
  return finite(1 - (2 * weighted) / sum(ascending));
}

/**
 * The share of positive relevance in the `fraction` (0..1) of pixels that hold most of it. A fraction that
 * ends within a pixel takes that part of it, so maps of different sizes compare.
 */
export function topShare(heatmap: Numbers, fraction: number): number | undefined {
  const descending = relevancePart(heatmap, 'positive').sort().reverse();
  const pixels = fraction * descending.length;
  const whole = Math.floor(pixels);
  const top = sum(descending.subarray(0, whole)) + (pixels - whole) * (descending[whole] ?? 0);
  return finite(top / sum(descending));
}

/** Effective complexity: how many pixels have |R| above a threshold (Nguyen and Martinez 2020, arXiv 2007.07584). */
export function effectiveComplexity(heatmap: Numbers, threshold: number): number | undefined {
  const magnitudes = relevancePart(heatmap, 'absolute');
  return magnitudes.some((value) => value > 0)
    ? magnitudes.filter((value) => value > threshold).length
    : undefined;
}

/** {@link effectiveComplexity} with a threshold of 1 % of the largest |R|, so that methods of different scale compare. */
export function relativeEffectiveComplexity(heatmap: Numbers): number | undefined {
  const most = relevancePart(heatmap, 'absolute').reduce((a, b) => Math.max(a, b), 0);
  return effectiveComplexity(heatmap, 0.01 * most);
}

/** Entropy in bits of weights that need not sum to 1; NaN if they are all 0. */
export function entropy(weights: Numbers): number {
  const total = sum(weights);
  let bits = total > 0 ? 0 : Number.NaN;
  for (let i = 0; i < weights.length; i++) {
    const share = (weights[i] as number) / total;
    if (share > 0) bits -= share * Math.log2(share);
  }
  return bits;
}

const NGUYEN = 'Nguyen and Martinez 2020, arXiv 2007.07584';
const HURLEY = 'Hurley and Rickard 2009, arXiv 0811.4706; Chalasani et al. 2020, arXiv 1810.06583';

/** What complexity.csv reports of every heatmap. */
export const COMPLEXITY_METRICS: readonly Metric<Numbers>[] = [
  {
    id: 'entropy',
    label: 'Entropy (bits)',
    direction: 'lower',
    source: 'Bhatt et al. 2020, arXiv 2005.00631',
    of: relevanceEntropy,
  },
  { id: 'gini', label: 'Gini index', direction: 'higher', source: HURLEY, of: giniIndex },
  ...[1, 5, 10].map(
    (percent): Metric<Numbers> => ({
      id: `top_${percent}_percent`,
      label: `Share of the top ${percent} % of pixels`,
      direction: 'higher',
      range: UNIT_RANGE,
      source: 'a point of the Lorenz curve (Lorenz 1905)',
      of: (heatmap) => topShare(heatmap, percent / 100),
    }),
  ),
  {
    id: 'effective_complexity',
    label: 'Pixels with |R| above 1e-5',
    direction: 'lower',
    source: NGUYEN,
    of: (heatmap) => effectiveComplexity(heatmap, 1e-5),
  },
  {
    id: 'effective_complexity_relative',
    label: 'Pixels with |R| above 1 % of the largest',
    direction: 'lower',
    source: NGUYEN,
    of: relativeEffectiveComplexity,
  },
];

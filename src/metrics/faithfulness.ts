import { descending } from './descending.js';
import { assertSameLength, finite, type Numbers } from './metric.js';
import { pearson, spearman } from './similarity.js';
import { mean, sum } from './statistics.js';

/**
 * Whether relevance says what the score does when parts of the input are kept, removed or put back. All of it takes scores
 * that were computed elsewhere, and returns undefined where the formula divides by zero.
 */

/** A heatmap between 0 and 1, min to max, as it weighs an image; all 0 where it does not vary. */
export function unitRange(heatmap: Numbers): Float64Array {
  const values = Float64Array.from(heatmap);
  const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return values.map((value) => (high > low ? (value - low) / (high - low) : 0));
}

/** The probability of the class, and that of all others, which has the digits that 1 - p loses where p is near 1. */
export interface Probability {
  readonly own: number;
  readonly others: number;
}

/** Of the image, and of the image weighed by the heatmap (Chattopadhay et al. 2018): y and o. */
export interface Weighed {
  readonly whole: Probability;
  readonly weighed: Probability;
}

/** o - y, of the smaller numbers that have this difference. */
function rise({ whole, weighed }: Weighed): number {
  return whole.own < whole.others ? weighed.own - whole.own : whole.others - weighed.others;
}

/** Average drop: max(0, y - o) / y of one image (Chattopadhay et al. 2018, arXiv 1710.11063). */
export function averageDrop(pair: Weighed): number | undefined {
  return finite(Math.max(0, -rise(pair)) / pair.whole.own);
}

/** Increase in confidence: 1 where the weighed image has the higher probability (Chattopadhay et al. 2018). */
export function averageIncrease(pair: Weighed): number {
  return rise(pair) > 0 ? 1 : 0;
}

/** Average gain: max(0, o - y) / (1 - y) of one image (Zhang et al. 2024, Opti-CAM, arXiv 2301.07002). */
export function averageGain(pair: Weighed): number | undefined {
  return finite(Math.max(0, rise(pair)) / pair.whole.others);
}

/**
 * Correlation of what relevance predicts with what happens: Pearson's over random subsets of the summed relevance and the
 * loss of score without them. Sensitivity-n for subsets of n pixels (Ancona et al. 2018, arXiv 1711.06104), faithfulness
 * correlation for one size (Bhatt et al. 2020, arXiv 2005.00631). Undefined where either does not vary.
 */
export function subsetCorrelation(sums: Numbers, losses: Numbers): number | undefined {
  return pearson(sums, losses);
}

/**
 * IROF: the area over the curve of f(x(k)) / f(x(0)) as segments are removed by descending mean relevance, 1 - its trapezoid
 * area over the share of segments (Rieger and Hansen 2020, arXiv 2003.08747).
 *
 * @param curve scores of 0, 1, ... K removed segments
 */
export function irof(curve: Numbers): number | undefined {
  const steps = curve.length - 1;
  const start = curve[0] as number;
  let area = 0;
  for (let k = 0; k < steps; k++) area += ((curve[k] as number) + (curve[k + 1] as number)) / (2 * start);
  return finite(1 - area / steps);
}

/**
 * The share of steps that do not lower the score as units are put into a baseline from least to most relevant (Arya et al.
 * 2019, arXiv 1909.03012): 1 where the score never falls.
 */
export function monotonicity(curve: Numbers): number | undefined {
  const steps = curve.length - 1;
  let kept = 0;
  for (let k = 0; k < steps; k++) if ((curve[k + 1] as number) >= (curve[k] as number)) kept++;
  return finite(kept / steps);
}

/**
 * Spearman's correlation over units of |relevance| with how much the score spreads when the unit is drawn anew: the mean of
 * (f(x) - f(x with the draw))^2 / f(x)^2 (Nguyen and Martinez 2020, arXiv 2007.07584).
 *
 * @param drawn by unit: the scores with it drawn anew
 */
export function monotonicityCorrelation(
  relevance: Numbers,
  score: number,
  drawn: readonly Numbers[],
): number | undefined {
  assertSameLength('relevance and draws', relevance, drawn as never);
  if (score === 0) return undefined;
  const spreads = drawn.map(
    (scores) => mean(Float64Array.from(scores, (value) => ((score - value) / score) ** 2)) ?? 0,
  );
  return spearman(Float64Array.from(relevance, Math.abs), spreads);
}

/**
 * Salience-guided faithfulness coefficient (Wu et al. 2024, arXiv 2404.01415): over pairs of groups of pixels, the more
 * relevant one before the less, the difference of their relevance counts for the heatmap where removing it costs at least as
 * much, else against it; over the sum of all differences. -1..1.
 *
 * @param salience relevance of each group, descending
 * @param drops loss of score without each group alone
 */
export function saco(salience: Numbers, drops: Numbers): number | undefined {
  assertSameLength('groups and their drops', salience, drops);
  let [balance, total] = [0, 0];
  for (let i = 0; i < salience.length; i++) {
    for (let j = i + 1; j < salience.length; j++) {
      const weight = (salience[i] as number) - (salience[j] as number);
      balance += (drops[i] as number) >= (drops[j] as number) ? weight : -weight;
      total += Math.abs(weight);
    }
  }
  return finite(balance / total);
}

/** The groups of {@link saco}: pixels by rank (equal ones by index), cut at floor(g n / count). */
export function rankGroups(heatmap: Numbers, count: number): Uint32Array[] {
  const order = descending(heatmap);
  const cut = (group: number) => Math.floor((group * order.length) / count);
  return Array.from({ length: count }, (_, group) => order.slice(cut(group), cut(group + 1)));
}

/**
 * Completeness gap: |sum of relevance - (f(x) - f(baseline))| / |f(x) - f(baseline)| (Sundararajan et al. 2017, arXiv
 * 1703.01365). 0 where relevance adds up.
 */
export function completenessGap(relevance: Numbers, score: number, baseline: number): number | undefined {
  const change = score - baseline;
  return finite(Math.abs(sum(relevance) - change) / Math.abs(change));
}

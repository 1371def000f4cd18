import { entropy } from './complexity.js';
import { unitRange } from './faithfulness.js';
import { finite, type MetricInfo, type Numbers, SIGNED_UNIT_RANGE } from './metric.js';
import { type HeatmapPair, SIMILARITIES, spearman, ssim } from './similarity.js';
import { mean } from './statistics.js';

/** Bins of the histogram whose entropy the efficient randomisation check compares. */
const BINS = 100;

/** Entropy in bits of the histogram of a heatmap's values in equal bins from the smallest to the largest; 0 of a flat one. */
export function histogramEntropy(heatmap: Numbers, bins = BINS): number {
  const counts = new Float64Array(bins);
  for (const value of unitRange(heatmap)) {
    const bin = Math.min(bins - 1, Math.floor(value * bins));
    counts[bin] = (counts[bin] as number) + 1;
  }
  return entropy(counts);
}

/**
 * Efficient model-parameter randomisation test: the relative rise of the entropy of a heatmap's histogram once all layers are
 * random (Hedström et al. 2024). Undefined of a flat heatmap.
 */
export function efficientMprt(trained: Numbers, randomised: Numbers): number | undefined {
  const before = histogramEntropy(trained);
  return finite((histogramEntropy(randomised) - before) / before);
}

/** The mean over stages of how similar a heatmap still is, where every stage has a value. */
export function overStages(similarities: readonly (number | undefined)[]): number | undefined {
  const known = similarities.filter((value) => value !== undefined);
  return known.length === similarities.length ? mean(known) : undefined;
}

/** Structural similarity of a heatmap and a picture, both from 0 to 1 (Adebayo et al. 2018). Undefined of small maps. */
export function likeness({ first, second, width }: HeatmapPair): number | undefined {
  return ssim({ first: unitRange(first), second: unitRange(second), width }, 1);
}

/** Random logit: how similar the heatmap of another class is (Sixt et al. 2020). */
export const RANDOM_LOGIT = {
  random_logit_spearman: ({ first, second }: HeatmapPair) => spearman(first, second),
  random_logit_ssim: SIMILARITIES.ssim,
} as const satisfies Record<string, (pair: HeatmapPair) => number | undefined>;

const ADEBAYO = 'Adebayo et al. 2018, arXiv 1810.03292';
const HEDSTROEM = 'Hedström et al. 2024, arXiv 2401.06465';
const SIXT = 'Sixt et al. 2020, arXiv 1912.09818';

/** What may be listed under `sanity.metrics`, with the columns that it becomes. */
export const SANITY_METRICS = {
  mprt: [
    {
      id: 'mprt',
      label: 'Randomisation: rank correlation of |R|, mean over stages',
      direction: 'lower',
      range: SIGNED_UNIT_RANGE,
      source: ADEBAYO,
    },
  ],
  'smooth-mprt': [
    {
      id: 'smooth_mprt',
      label: 'Smooth randomisation: rank correlation of |R|, mean over stages',
      direction: 'lower',
      range: SIGNED_UNIT_RANGE,
      source: HEDSTROEM,
    },
  ],
  'efficient-mprt': [
    {
      id: 'efficient_mprt',
      label: 'Efficient randomisation: relative rise of entropy',
      direction: 'higher',
      source: HEDSTROEM,
    },
  ],
  'random-logit': [
    {
      id: 'random_logit_spearman',
      label: 'Random logit: rank correlation with the heatmap of another class',
      direction: 'lower',
      range: SIGNED_UNIT_RANGE,
      source: SIXT,
    },
    {
      id: 'random_logit_ssim',
      label: 'Random logit: SSIM with the heatmap of another class',
      direction: 'lower',
      range: SIGNED_UNIT_RANGE,
      source: SIXT,
    },
  ],
  likeness: [
    {
      id: 'ssim_to_input',
      label: 'SSIM with the grey input',
      direction: 'neutral',
      range: SIGNED_UNIT_RANGE,
      source: ADEBAYO,
    },
    {
      id: 'ssim_to_edges',
      label: 'SSIM with the input’s edges',
      direction: 'neutral',
      range: SIGNED_UNIT_RANGE,
      source: ADEBAYO,
    },
  ],
} as const satisfies Record<string, readonly MetricInfo[]>;
export type SanityMetric = keyof typeof SANITY_METRICS;

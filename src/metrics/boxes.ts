import type { Bootstrap } from './bootstrap.js';
import type { Estimate } from './estimate.js';
import { assertSameLength, finite, type Metric, type Numbers, UNIT_RANGE } from './metric.js';
import {
  intersectionOverUnion,
  pixelAccuracy,
  pixelAuc,
  pixelAveragePrecision,
  topIntersection,
} from './segmentation.js';
import { isConstant, mean } from './statistics.js';

/**
 * What relevance has to do with where the objects are. All of it takes one map of relevance (signed, positive
 * or absolute: see relevance.ts) and a mask of the same shape (see mask.ts), and returns undefined where the
 * formula divides by zero or where there is nothing to rank: an empty mask, a mask that covers the image, a
 * map without relevance.
 */
export interface BoxSample {
  relevance: Numbers;
  mask: Uint8Array;
  width: number;
  /** Pointing game: how many pixels beside the mask still count as a hit. */
  tolerance: number;
}

/** Sums and pixel counts inside and outside a mask. */
export interface InsideOutside {
  inside: number;
  outside: number;
  insidePixels: number;
  outsidePixels: number;
}

export function measureInsideOutside({
  relevance,
  mask,
}: Pick<BoxSample, 'relevance' | 'mask'>): InsideOutside {
  assertSameLength('relevance and mask', relevance, mask);
  const measured = { inside: 0, outside: 0, insidePixels: 0, outsidePixels: 0 };
  for (let i = 0; i < mask.length; i++) {
    if (mask[i]) {
      measured.inside += relevance[i] as number;
      measured.insidePixels++;
    } else {
      measured.outside += relevance[i] as number;
      measured.outsidePixels++;
    }
  }
  return measured;
}

/** Mean relevance per pixel outside and inside, undefined where there are no such pixels. */
export function meansOutsideInside(sample: Pick<BoxSample, 'relevance' | 'mask'>): RatioParts | undefined {
  const { inside, outside, insidePixels, outsidePixels } = measureInsideOutside(sample);
  if (insidePixels === 0 || outsidePixels === 0) return undefined;
  return { outside: outside / outsidePixels, inside: inside / insidePixels };
}

/** mu = mean relevance per pixel outside / mean relevance per pixel inside. */
export function outsideInsideRatio(sample: BoxSample): number | undefined {
  const means = meansOutsideInside(sample);
  return means && finite(means.outside / means.inside);
}

/** mu_in = relevance inside / relevance. */
export function insideTotalRatio(sample: BoxSample): number | undefined {
  const { inside, outside, insidePixels } = measureInsideOutside(sample);
  return insidePixels === 0 ? undefined : finite(inside / (inside + outside));
}

/**
 * mu_w = mu_in * pixels / pixels inside: 1 where relevance is spread evenly, whatever the size of the box.
 */
export function weightedInsideTotalRatio(sample: BoxSample): number | undefined {
  const ratio = insideTotalRatio(sample);
  const { insidePixels, outsidePixels } = measureInsideOutside(sample);
  return ratio === undefined ? undefined : ratio * ((insidePixels + outsidePixels) / insidePixels);
}

/**
 * Of the K most relevant pixels, K being the size of the mask, the share inside the mask. Pixels as relevant
 * as the K-th are counted at their chance to be among the K, so that no corner of the image is favoured.
 */
export function rankAccuracy({ relevance, mask }: BoxSample): number | undefined {
  const { insidePixels } = measureInsideOutside({ relevance, mask });
  if (insidePixels === 0 || isConstant(relevance)) return undefined;
  const ascending = Float64Array.from(relevance).sort();
  const threshold = ascending[ascending.length - insidePixels] as number;
  let [above, aboveInside, equal, equalInside] = [0, 0, 0, 0];
  for (let i = 0; i < mask.length; i++) {
    const value = relevance[i] as number;
    if (value > threshold) {
      above++;
      aboveInside += mask[i] as number;
    } else if (value === threshold) {
      equal++;
      equalInside += mask[i] as number;
    }
  }
  return (aboveInside + (equalInside * (insidePixels - above)) / equal) / insidePixels;
}

/**
 * 1 if the most relevant pixel lies in the mask or at most `tolerance` pixels (centre to centre) from it,
 * else 0. Several equally relevant maxima score the share of them that hit.
 */
export function pointingGame({ relevance, mask, width, tolerance }: BoxSample): number | undefined {
  if (!mask.includes(1) || isConstant(relevance)) return undefined;
  const most = maximum(relevance);
  let [maxima, hits] = [0, 0];
  for (let i = 0; i < mask.length; i++) {
    if (relevance[i] !== most) continue;
    maxima++;
    if (isNear(mask, width, i, tolerance)) hits++;
  }
  return hits / maxima;
}

/** Whether a pixel of the mask lies within a radius of pixel `index`. */
function isNear(mask: Uint8Array, width: number, index: number, radius: number): boolean {
  const [x, y] = [index % width, Math.floor(index / width)];
  const height = mask.length / width;
  const reach = Math.floor(radius);
  for (let row = Math.max(0, y - reach); row <= Math.min(height - 1, y + reach); row++) {
    const half = Math.floor(Math.sqrt(radius ** 2 - (row - y) ** 2));
    const from = row * width + Math.max(0, x - half);
    const to = row * width + Math.min(width - 1, x + half);
    if (mask.subarray(from, to + 1).includes(1)) return true;
  }
  return false;
}

function maximum(values: Numbers): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) most = Math.max(most, values[i] as number);
  return most;
}

const CHEFER = 'Chefer et al. 2021, arXiv 2012.09838';

export interface BoxMetric extends Metric<BoxSample> {
  /** It looks at where pixels lie, so that none may be left out of the map. */
  readonly inPlace?: true;
}

/** What may be listed under `boxes.metrics`. */
export const BOX_METRICS = {
  'outside-inside': {
    id: 'outside_inside',
    label: 'Outside-inside ratio',
    direction: 'neutral',
    source: 'Lapuschkin et al., CVPR 2016, arXiv 1512.00172',
    of: outsideInsideRatio,
  },
  'inside-total': {
    id: 'inside_total',
    label: 'Inside-total relevance ratio',
    direction: 'higher',
    range: UNIT_RANGE,
    source: 'Kohlbrenner et al. 2020, arXiv 1910.09840',
    of: insideTotalRatio,
  },
  'weighted-inside-total': {
    id: 'weighted_inside_total',
    label: 'Inside-total relevance ratio, weighted by size',
    direction: 'higher',
    source: 'Kohlbrenner et al. 2020, arXiv 1910.09840',
    of: weightedInsideTotalRatio,
  },
  /** The same formula as inside-total: Arras et al. pool heatmaps to non-negative ones first. */
  'mass-accuracy': {
    id: 'mass_accuracy',
    label: 'Relevance mass accuracy',
    direction: 'higher',
    range: UNIT_RANGE,
    source: 'Arras et al. 2022, arXiv 2003.07258',
    of: insideTotalRatio,
  },
  'rank-accuracy': {
    id: 'rank_accuracy',
    label: 'Relevance rank accuracy',
    direction: 'higher',
    range: UNIT_RANGE,
    source: 'Arras et al. 2022, arXiv 2003.07258',
    of: rankAccuracy,
  },
  'pointing-game': {
    id: 'pointing_game',
    label: 'Pointing game',
    direction: 'higher',
    share: true,
    inPlace: true,
    source: 'Zhang et al. 2018, arXiv 1608.00507',
    of: pointingGame,
  },
  iou: {
    id: 'iou',
    label: 'Intersection over union',
    direction: 'higher',
    range: UNIT_RANGE,
    source: CHEFER,
    of: intersectionOverUnion,
  },
  'pixel-accuracy': {
    id: 'pixel_accuracy',
    label: 'Pixel accuracy',
    direction: 'higher',
    range: UNIT_RANGE,
    source: CHEFER,
    of: pixelAccuracy,
  },
  'pixel-auc': {
    id: 'pixel_auc',
    label: 'Area under the ROC curve of pixels',
    direction: 'higher',
    range: UNIT_RANGE,
    source: 'Mann and Whitney 1947',
    of: pixelAuc,
  },
  'pixel-average-precision': {
    id: 'pixel_average_precision',
    label: 'Average precision of pixels',
    direction: 'higher',
    range: UNIT_RANGE,
    source: CHEFER,
    of: pixelAveragePrecision,
  },
  'top-100-intersection': {
    id: 'top_100_intersection',
    label: 'Share of the top 100 pixels inside',
    direction: 'higher',
    range: UNIT_RANGE,
    source: 'Theiner et al., WACV 2022',
    of: (sample) => topIntersection(sample, 100),
  },
} as const satisfies Record<string, BoxMetric>;
export type BoxMetricId = keyof typeof BOX_METRICS;

/** The two means that make one outside-inside ratio. */
export interface RatioParts {
  outside: number;
  inside: number;
}

/**
 * How the ratios of many images become one; entries without a ratio are left out of `mean-of-ratios` only.
 */
export const AGGREGATES = {
  /** Mean over images of outside / inside; an image with several targets counts once, with its mean ratio. */
  'mean-of-ratios': (images: RatioParts[][], bootstrap: Bootstrap) => {
    const ratios = images.map((targets) => {
      return mean(targets.flatMap(({ outside, inside }) => finite(outside / inside) ?? []));
    });
    return bootstrap.mean(ratios.filter((ratio) => ratio !== undefined));
  },
  /** Mean of outside / mean of inside over images: weak heatmaps weigh little. */
  'ratio-of-means': (images: RatioParts[][], bootstrap: Bootstrap) => {
    const column = (side: keyof RatioParts) =>
      images.map((targets) => mean(targets.map((parts) => parts[side])) as number);
    const ratio = ([outside, inside]: readonly number[]) => (outside as number) / (inside as number);
    return bootstrap.of([column('outside'), column('inside')], ratio);
  },
} as const;
export type Aggregate = keyof typeof AGGREGATES;

/**
 * The outside-inside ratio over images, with its bootstrap interval (the unit is the image).
 * @param parts one entry an image and target; entries of one image need not be neighbours
 */
export function aggregateRatios(
  parts: readonly (RatioParts & { image: string })[],
  aggregate: Aggregate,
  bootstrap: Bootstrap,
): Estimate | undefined {
  const byImage = new Map<string, RatioParts[]>();
  for (const { image, outside, inside } of parts) {
    byImage.set(image, [...(byImage.get(image) ?? []), { outside, inside }]);
  }
  return AGGREGATES[aggregate]([...byImage.values()], bootstrap);
}

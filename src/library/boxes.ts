import type { Rectangle } from '../datasets/placement.js';
import type { Heatmap } from '../input/heatmap.js';
import { BOX_METRICS, type BoxMetricId, type BoxSample } from '../metrics/boxes.js';
import { boxMask } from '../metrics/mask.js';
import { type RelevancePart, relevancePart } from '../metrics/relevance.js';

export interface BoxOptions {
  /** Which relevance counts; default `positive`. */
  relevance?: RelevancePart;
  /** Pointing game: pixels beside the boxes that still count as a hit; default 15. */
  tolerance?: number;
}

/**
 * Outside-inside ratio (Lapuschkin et al. 2016): mean relevance per pixel outside the union of boxes, divided by the
 * mean inside. Above 1, the network looks at the context more than at the object. Undefined where there is no pixel
 * inside, none outside, or no relevance inside.
 *
 * @param boxes edges in pixels of the heatmap, continuous and half-open; {@link placeBox} brings boxes there
 */
export function outsideInside(
  heatmap: Heatmap,
  boxes: readonly Rectangle[],
  { relevance = 'positive' }: Pick<BoxOptions, 'relevance'> = {},
): number | undefined {
  return boxMetrics(heatmap, boxes, { relevance })['outside-inside'];
}

/** Every box metric, by its name in a config; undefined where the formula has no value. See {@link outsideInside}. */
export function boxMetrics(
  { values, rows, columns }: Heatmap,
  boxes: readonly Rectangle[],
  { relevance = 'positive', tolerance = 15 }: BoxOptions = {},
): Record<BoxMetricId, number | undefined> {
  const sample: BoxSample = {
    relevance: relevancePart(values, relevance),
    mask: boxMask(boxes, columns, rows),
    width: columns,
    tolerance,
  };
  const entries = Object.entries(BOX_METRICS).map(([id, { of }]) => [id, of(sample)]);
  return Object.fromEntries(entries);
}

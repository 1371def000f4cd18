import { AOPC_METRICS } from '../metrics/aopc.js';
import { BOX_METRICS } from '../metrics/boxes.js';
import { COMPLEXITY_METRICS } from '../metrics/complexity.js';
import type { Metric } from '../metrics/metric.js';
import { ROBUSTNESS_METRICS } from '../metrics/robustness.js';
import type { Row } from '../results/collect.js';

/** What a gate has to know of a metric; how it is computed is the run's business. */
export type GatedMetric = Pick<Metric<never>, 'id' | 'label' | 'direction'>;

/** The same as aopc_morf, times L + 1. */
const REDUNDANT = 'aopc_morf_sum';

/** Every metric that a baseline keeps, by id: what runs measure of single heatmaps. */
export const GATED_METRICS: ReadonlyMap<string, GatedMetric> = new Map(
  [...AOPC_METRICS, ...Object.values(BOX_METRICS), ...COMPLEXITY_METRICS, ...ROBUSTNESS_METRICS]
    .filter(({ id }) => id !== REDUNDANT)
    .map((metric) => [metric.id, metric]),
);

/** The gated metrics that a row has values of. */
export function gatedValues({ aopc, boxes, complexity, robustness }: Row): Record<string, number> {
  const values = Object.entries({ ...aopc, ...boxes, ...complexity, ...robustness });
  return Object.fromEntries(values.filter(([id]) => GATED_METRICS.has(id)));
}

import type { AnyFamily } from '../evaluation/families/family.js';
import { FAMILIES } from '../evaluation/families/table.js';
import type { MetricInfo } from '../metrics/metric.js';
import type { CollectedRow } from '../results/collect.js';

const GATED: readonly AnyFamily[] = FAMILIES.filter((family: AnyFamily) => family.values);

/** Every metric that a baseline keeps, by id: what families measure of single heatmaps. */
export const GATED_METRICS: ReadonlyMap<string, MetricInfo> = new Map(
  GATED.flatMap(({ metrics, ungated = [] }) => metrics.filter(({ id }) => !ungated.includes(id))).map(
    (metric) => [metric.id, metric],
  ),
);

/** The gated metrics that a row has values of. */
export function gatedValues({ parts }: Pick<CollectedRow, 'parts'>): Record<string, number> {
  const values = GATED.flatMap((family) => {
    const part = (parts as Readonly<Record<string, unknown>>)[family.key];
    return part === undefined ? [] : Object.entries(family.values?.(part) ?? {});
  });
  return Object.fromEntries(values.filter(([id]) => GATED_METRICS.has(id)));
}

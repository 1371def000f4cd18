import { BOX_METRICS, meansOutsideInside } from '../metrics/boxes.js';
import { relevancePart } from '../metrics/relevance.js';
import { commonLimit, type Heatmap, paint } from '../report/colormaps.js';
import { COMPLEXITY_METRICS, measureComplexity } from '../metrics/complexity.js';
import type { BoxesConfig } from './config.js';
import type { ExplainedMap } from './explained.js';
import { round } from './numbers.js';

/** The box metrics of one heatmap by column name; a metric without a value is absent. */
export function boxMeasures(
  heatmap: Float32Array,
  mask: Uint8Array,
  width: number,
  { metrics, relevance: part, tolerance }: BoxesConfig,
): Record<string, number> {
  const relevance = relevancePart(heatmap, part);
  const values = metrics.map((id) => {
    const metric = BOX_METRICS[id];
    return [metric.id, metric.of({ relevance, mask, width, tolerance })] as const;
  });
  const means = meansOutsideInside({ relevance, mask });
  return defined([...values, ['mean_outside', means?.outside], ['mean_inside', means?.inside]]);
}

function defined(entries: readonly (readonly [string, number | undefined])[]): Record<string, number> {
  return Object.fromEntries(entries.flatMap(([key, value]) => (value === undefined ? [] : [[key, round(value)]])));
}

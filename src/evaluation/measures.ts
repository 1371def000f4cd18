import type { BoxesConfig } from '../experiment/config.js';
import type { Heatmap } from '../input/heatmap.js';
import { BOX_METRICS, meansOutsideInside } from '../metrics/boxes.js';
import { COMPLEXITY_METRICS } from '../metrics/complexity.js';
import { relevancePart } from '../metrics/relevance.js';
import { renderingComplexity } from '../metrics/rendering.js';
import { commonLimit, paint } from '../report/colormaps.js';
import { round } from './numbers.js';

/** Values by column name; a metric without a value is absent. */
export type Measures = Readonly<Record<string, number>>;

/** The box metrics of one heatmap, and the two means that make its outside-inside ratio. */
export function boxMeasures(
  { values: heatmap, columns: width }: Heatmap,
  mask: Uint8Array,
  { metrics, relevance: part, tolerance }: BoxesConfig,
): Measures {
  const relevance = relevancePart(heatmap, part);
  const values = metrics.map((id) => {
    const metric = BOX_METRICS[id];
    return [metric.id, metric.of({ relevance, mask, width, tolerance })] as const;
  });
  const means = meansOutsideInside({ relevance, mask });
  return defined([...values, ['mean_outside', means?.outside], ['mean_inside', means?.inside]]);
}

/** How complex one heatmap is, as numbers and as a picture whose colours end at its largest magnitude. */
export async function complexityMeasures(map: Heatmap): Promise<Measures> {
  const { values, rows, columns } = map;
  const rendering = await renderingComplexity(paint(map, commonLimit([map])), columns, rows);
  return defined([
    ...COMPLEXITY_METRICS.map(({ id, of }) => [id, of(values)] as const),
    ...Object.entries(rendering),
  ]);
}

/** The values that exist, rounded for the journal. */
export function defined(entries: readonly (readonly [string, number | undefined])[]): Measures {
  return Object.fromEntries(
    entries.flatMap(([key, value]) => (value === undefined ? [] : [[key, round(value)]])),
  );
}

import { z } from 'zod';
import { IMAGE_GRID, toImageCoordinates } from '../../datasets/image-coordinates.js';
import { COMPLEXITY_METRICS } from '../../metrics/complexity.js';
import { RENDERING_METRICS, renderingComplexity } from '../../metrics/rendering.js';
import { commonLimit, paint } from '../../report/colormaps.js';
import type { ExplainedClass, MethodMap } from './explained-class.js';
import type { Family } from './family.js';
import { defined, type Measures } from './measures.js';
import { methodMetrics } from './method-metrics.js';
import type { MethodRow } from './rows.js';

const schema = z
  .boolean()
  .default(false)
  .describe('entropy, Gini, top shares and file sizes of the heatmaps');

/** How concentrated heatmaps are, as numbers and as pictures whose colours end at their largest magnitude. */
export const complexity: Family<
  'complexity',
  typeof schema,
  Measures,
  Measures,
  { readonly complexity: readonly MethodRow[] }
> = {
  ...methodMetrics('complexity', 'Complexity of the heatmaps', [...COMPLEXITY_METRICS, ...RENDERING_METRICS]),
  schema,
  ungated: RENDERING_METRICS.map(({ id }) => id),
  classes: 'every',
  describe: (_, networks) => ({
    grid: networks.length > 1 ? `image coordinates, ${IMAGE_GRID} x ${IMAGE_GRID}` : 'network input',
  }),
  async measure(explained) {
    const explanations: Measures[] = [];
    for (const map of explained.maps) explanations.push(await complexityOf(comparable(map, explained)));
    return { explanations };
  },
  words: () => ['Complexity says how concentrated a heatmap is, not whether it is right.'],
};

/** The map that is measured: of several networks, in image coordinates, where sizes are equal. */
function comparable(map: MethodMap, { several, prepared: { placement } }: ExplainedClass): MethodMap {
  return several && placement ? { ...map, ...toImageCoordinates(map, placement) } : map;
}

async function complexityOf(map: MethodMap): Promise<Measures> {
  const { values, rows, columns } = map;
  const rendering = await renderingComplexity(paint(map, commonLimit([map])), columns, rows);
  return defined([
    ...COMPLEXITY_METRICS.map(({ id, of }) => [id, of(values)] as const),
    ...Object.entries(rendering),
  ]);
}

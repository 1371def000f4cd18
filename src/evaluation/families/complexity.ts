import { z } from 'zod';
import { IMAGE_GRID, toImageCoordinates } from '../../datasets/image-coordinates.js';
import { byToken } from '../../input/document.js';
import { COMPLEXITY_METRICS } from '../../metrics/complexity.js';
import type { MetricInfo } from '../../metrics/metric.js';
import { RENDERING_METRICS, renderingComplexity } from '../../metrics/rendering.js';
import { commonLimit, paint } from '../../report/colormaps.js';
import type { ExplainedClass, MethodMap } from './explained-class.js';
import type { Family } from './family.js';
import { defined, type Measures } from './measures.js';
import { methodMetrics } from './method-metrics.js';
import {
  compareNetworks,
  type NetworkComparison,
  networkNotes,
  networkTables,
} from './network-comparison.js';
import { leaderSentences, metricFinding } from './report-finding.js';
import type { MethodRow } from './rows.js';

const schema = z
  .boolean()
  .default(false)
  .describe('entropy, Gini, top shares and file sizes of the heatmaps');

const METRICS = [...COMPLEXITY_METRICS, ...RENDERING_METRICS];
const byMethod = methodMetrics('complexity', 'Complexity of the heatmaps', METRICS);

/** What a report begins with, and what networks are compared by in a terminal; the report compares them by every metric. */
const SPARSITY = METRICS.find(({ id }) => id === 'gini') as MetricInfo;

/** What summary.json says of complexity. */
type ComplexitySections = {
  readonly complexity: readonly MethodRow[];
  /** Of several networks: paired comparisons of every metric and method. */
  readonly complexityOfNetworks: readonly NetworkComparison[];
};

/** How concentrated heatmaps are, as numbers and as pictures whose colours end at their largest magnitude. */
export const complexity: Family<'complexity', typeof schema, Measures, Measures, ComplexitySections> = {
  ...byMethod,
  schema,
  classes: 'every',
  describe: (_, networks) => ({
    grid: networks.length > 1 ? `image coordinates, ${IMAGE_GRID} x ${IMAGE_GRID}` : 'network input',
  }),
  async measure(explained) {
    const explanations: Measures[] = [];
    for (const map of explained.maps) {
      const shown = byToken(comparable(map, explained), explained.prepared.document);
      explanations.push(await complexityOf(shown));
    }
    return { explanations };
  },
  ranked: ['entropy', 'gini', 'effective_complexity_relative'],
  sections: ['complexity', 'complexityOfNetworks'],
  summarise: (found) => ({
    ...byMethod.summarise(found),
    complexityOfNetworks: compareNetworks(found, METRICS),
  }),
  report: (found) => {
    const { complexity: rows, complexityOfNetworks: compared } = found.sections;
    const sentences =
      compared.length > 0
        ? networkNotes(compared, SPARSITY).map((note) => `${note}.`)
        : leaderSentences(SPARSITY, rows);
    const finding = metricFinding('How sparse the heatmaps are', SPARSITY, rows, sentences);
    return {
      ...(finding && { finding }),
      tables: [...byMethod.report(found).tables, ...networkTables(compared, METRICS, found.called)],
    };
  },
  notes: ({ complexityOfNetworks }) => networkNotes(complexityOfNetworks, SPARSITY),
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

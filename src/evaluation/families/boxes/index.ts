import { BOX_METRICS, meansOutsideInside } from '../../../metrics/boxes.js';
import { relevancePart } from '../../../metrics/relevance.js';
import type { MethodMap } from '../explained-class.js';
import type { Family } from '../family.js';
import { defined, type Measures, measuresSchema } from '../measures.js';
import { type BoxesConfig, boxesSchema, columnsOf } from './config.js';
import {
  type BoxSections,
  contextFigures,
  contextReport,
  contextTable,
  RATIO,
  terminalTable,
} from './context.js';

const schema = boxesSchema
  .optional()
  .describe('relevance against annotated boxes; no box metrics without this key');

/** Relevance against annotated boxes (Lapuschkin et al., CVPR 2016): does the network look at the object? */
export const boxes: Family<'boxes', typeof schema, Measures, Measures, BoxSections> = {
  key: 'boxes',
  schema,
  recordKey: 'boxes',
  recorded: measuresSchema,
  metrics: Object.values(BOX_METRICS),
  classes: { annotated: ({ difficult, targets }) => ({ difficult, targets }) },
  needsClasses: () => true,
  describe: (config) => ({
    ...config,
    inside: 'pixels whose centre lies in the union of the boxes of the class',
  }),

  async measure({ maps, mask }, config) {
    return { explanations: maps.map((map) => mask && boxMeasures(map, mask, config)) };
  },
  read: (recorded) => recorded,

  values: (part) => part,
  sections: ['context'],
  summarise: (found) => ({ context: contextTable(found) }),
  lists: [
    {
      file: 'boxes.csv',
      columns: (config) => [...columnsOf(config), 'mean_outside', 'mean_inside'],
      lines: (recorded) => [recorded],
    },
  ],
  tables: [
    {
      file: 'context.csv',
      section: 'context',
      keys: ['class', 'method', 'images'],
      metrics: columnsOf,
      main: RATIO,
    },
  ],

  figures: contextFigures,
  report: contextReport,
  words: ({ relevance }) => [
    `The outside-inside ratio divides the mean ${relevance} relevance per pixel outside the boxes of a class by that inside: below 1 the network looks at the object, above 1 at its context.`,
  ],
  terminal: terminalTable,
};

/** The box metrics of one heatmap, and the two means that make its outside-inside ratio. */
function boxMeasures(
  { values, columns: width }: MethodMap,
  mask: Uint8Array,
  { metrics, relevance: part, tolerance }: BoxesConfig,
): Measures {
  const relevance = relevancePart(values, part);
  const measured = metrics.map((id) => {
    const metric = BOX_METRICS[id];
    return [metric.id, metric.of({ relevance, mask, width, tolerance })] as const;
  });
  const means = meansOutsideInside({ relevance, mask });
  return defined([...measured, ['mean_outside', means?.outside], ['mean_inside', means?.inside]]);
}

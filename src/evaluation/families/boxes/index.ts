import type { PlacedMask } from '../../../datasets/masks.js';
import { byToken } from '../../../input/document.js';
import { BOX_METRICS, type BoxMetric, type BoxSample, meansOutsideInside } from '../../../metrics/boxes.js';
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

/** Which pixels are inside, by what says where a class is. */
const INSIDE = {
  boxes: 'inside: pixels whose centre lies in the union of the boxes of the class',
  masks: 'inside: pixels of the class in the segmentation; those not clear (VOC: 255) do not count',
};

/** Relevance against annotated boxes (Lapuschkin et al., CVPR 2016): does the network look at the object? */
export const boxes: Family<'boxes', typeof schema, Measures, Measures, BoxSections> = {
  key: 'boxes',
  schema,
  recordKey: 'boxes',
  recorded: measuresSchema,
  metrics: Object.values(BOX_METRICS),
  classes: { annotated: ({ difficult, targets, inside }) => ({ difficult, targets, inside }) },
  needsClasses: () => true,
  describe: (config) => ({
    ...config,
    pixels: INSIDE[config.inside],
  }),

  async measure({ maps, mask, prepared: { document } }, config) {
    return {
      explanations: maps.map((map) => mask && boxMeasures(byToken(map, document), mask, config)),
    };
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
  words: ({ config: { relevance, inside }, called: { place } }) => [
    `The outside-inside ratio divides the mean ${relevance} relevance per ${place} outside the ${inside} of a class by that inside: below 1 the network looks at the object, above 1 at its context.`,
  ],
  terminal: terminalTable,
};

/** The box metrics of one heatmap, and the two means that make its outside-inside ratio. */
function boxMeasures(
  { values, columns: width }: MethodMap,
  { inside: mask, unclear }: PlacedMask,
  { metrics, relevance: part, tolerance }: BoxesConfig,
): Measures {
  const whole = { relevance: relevancePart(values, part), mask, width, tolerance };
  const clear = clearPixels(whole, unclear);
  const measured = metrics.map((id) => {
    const metric: BoxMetric = BOX_METRICS[id];
    return [metric.id, metric.of(metric.inPlace ? withoutMaxima(whole, unclear) : clear)] as const;
  });
  const means = meansOutsideInside(clear);
  return defined([...measured, ['mean_outside', means?.outside], ['mean_inside', means?.inside]]);
}

/** Without the pixels of which nobody says whether they are inside. */
function clearPixels(sample: BoxSample & { relevance: Float64Array }, unclear: Uint8Array): BoxSample {
  if (!unclear.includes(1)) return sample;
  const isClear = (_: number, i: number) => unclear[i] === 0;
  return { ...sample, relevance: sample.relevance.filter(isClear), mask: sample.mask.filter(isClear) };
}

/** The same where pixels must stay in their places: none of those is the largest. */
function withoutMaxima(sample: BoxSample & { relevance: Float64Array }, unclear: Uint8Array): BoxSample {
  const relevance = sample.relevance.map((value, i) => (unclear[i] ? Number.NEGATIVE_INFINITY : value));
  return { ...sample, relevance };
}

import { z } from 'zod';
import type { Family } from '../family.js';
import { measuresSchema } from '../measures.js';
import { methodTable } from '../rows.js';
import { checkSanity, type SanityRecord } from './check.js';
import { sanitySchema } from './config.js';
import {
  SANITY_COLUMNS,
  SANITY_INFOS,
  type SanitySections,
  sanityFigures,
  sanityNotes,
  sanityTable,
  sanityTables,
  sanityVerdicts,
} from './tables.js';

const schema = sanitySchema
  .optional()
  .describe(
    'whether heatmaps react to the weights of the network and to the class; not checked without this key',
  );

/** Whether heatmaps react to what was learned (Adebayo et al. 2018, arXiv 1810.03292), and to the class that they explain. */
export const sanity: Family<'sanity', typeof schema, SanityRecord, SanityRecord, SanitySections> = {
  key: 'sanity',
  schema,
  recordKey: 'sanity',
  recorded: z.looseObject({
    stages: z.array(z.looseObject({ layers: z.int(), layer: z.string(), similarity: measuresSchema })),
    metrics: measuresSchema,
  }),
  metrics: SANITY_INFOS,
  classes: 'first',
  images: ({ images }) => images,
  describe: (config) => ({
    ...config,
    layers: 're-initialised one after another, from the output down, and left so',
    weights: 'normal, standard deviation sqrt(2 / inputs of a neuron); biases 0',
    judged: 'mean Spearman correlation of |R| with the upper half of the layers random',
    otherClass: 'drawn uniformly from the outputs that are not explained',
    entropy: 'of the histogram of R in 100 equal bins; all layers random',
  }),

  async measure(explained, config) {
    const records = await checkSanity(explained, config);
    return { explanations: explained.maps.map(({ method }) => records.get(method)) };
  },
  read: (recorded) => recorded,
  values: ({ metrics }) => metrics,

  sections: ['sanity', 'reactions', 'sanityMetrics'],
  summarise: ({ rows, config, statistics: { bootstrap } }) => ({
    sanity: sanityTable(rows, bootstrap),
    reactions: sanityVerdicts(rows, config.threshold),
    sanityMetrics: methodTable(
      rows.map((row) => ({ ...row, part: row.part.metrics })),
      SANITY_INFOS,
      bootstrap,
    ),
  }),
  tables: [
    {
      file: 'sanity.csv',
      section: 'sanity',
      keys: ['method', 'layers', 'layer', 'images'],
      metrics: () => SANITY_COLUMNS,
    },
    {
      file: 'sanity-metrics.csv',
      section: 'sanityMetrics',
      keys: ['method', 'images'],
      metrics: () => SANITY_INFOS.map(({ id }) => id),
    },
  ],

  figures: sanityFigures,
  report: (results) => ({ tables: sanityTables(results) }),
  terminal({ sanityMetrics: rows }) {
    const measured = SANITY_INFOS.filter(({ id }) => rows.some(({ metrics }) => metrics[id]));
    return { rows, columns: measured.map(({ id }) => ({ id, title: id })), intervals: false };
  },
  notes: sanityNotes,
};

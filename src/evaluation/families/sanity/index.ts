import { z } from 'zod';
import type { Family } from '../family.js';
import { measuresSchema } from '../measures.js';
import { checkSanity, type SanityStage } from './check.js';
import { sanitySchema } from './config.js';
import {
  SANITY_COLUMNS,
  type SanitySections,
  sanityFigures,
  sanityNotes,
  sanityTable,
  sanityTables,
  sanityVerdicts,
} from './tables.js';

const schema = sanitySchema
  .optional()
  .describe('whether heatmaps react to the weights of the network; not checked without this key');

/** The model-randomisation check (Adebayo et al. 2018, arXiv 1810.03292): do heatmaps react to what was learned? */
export const sanity: Family<
  'sanity',
  typeof schema,
  readonly SanityStage[],
  readonly SanityStage[],
  SanitySections
> = {
  key: 'sanity',
  schema,
  recordKey: 'sanity',
  recorded: z.array(z.looseObject({ layers: z.int(), layer: z.string(), similarity: measuresSchema })),
  /** Its numbers are of stages, not of explanations: SANITY_COLUMNS. */
  metrics: [],
  classes: 'first',
  images: ({ images }) => images,
  describe: (config) => ({
    ...config,
    layers: 're-initialised one after another, from the output down, and left so',
    weights: 'normal, standard deviation sqrt(2 / inputs of a neuron); biases 0',
    judged: 'mean Spearman correlation of |R| with the upper half of the layers random',
  }),

  async measure(explained, config) {
    const stages = await checkSanity(explained, config);
    return { explanations: explained.maps.map(({ method }) => stages.get(method)) };
  },
  read: (recorded) => recorded,

  sections: ['sanity', 'reactions'],
  summarise: ({ rows, config, statistics }) => ({
    sanity: sanityTable(rows, statistics.bootstrap),
    reactions: sanityVerdicts(rows, config.threshold),
  }),
  tables: [
    {
      file: 'sanity.csv',
      section: 'sanity',
      keys: ['method', 'layers', 'layer', 'images'],
      metrics: () => SANITY_COLUMNS,
    },
  ],

  figures: sanityFigures,
  report: (results) => ({ tables: sanityTables(results) }),
  notes: sanityNotes,
};

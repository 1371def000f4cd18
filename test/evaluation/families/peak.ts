import { z } from 'zod';
import type { Family } from '../../../src/evaluation/families/family.js';
import type { Measures } from '../../../src/evaluation/families/measures.js';
import { methodMetrics } from '../../../src/evaluation/families/method-metrics.js';
import type { MethodRow } from '../../../src/evaluation/families/rows.js';

const schema = z
  .strictObject({ times: z.number().min(1).default(1).describe('what the peak is multiplied with') })
  .optional()
  .describe('how high heatmaps reach');

/** A family of measurements as anyone could add one: all of it stands here. */
export const peak: Family<
  'peak',
  typeof schema,
  Measures,
  Measures,
  { readonly peak: readonly MethodRow[] }
> = {
  ...methodMetrics('peak', 'Peaks of the heatmaps', [
    { id: 'peak_value', label: 'Peak', direction: 'higher', source: 'this test' },
  ]),
  schema,
  classes: 'every',
  describe: (config) => ({ ...config, peak: 'largest relevance of any place' }),
  check({ times }) {
    if (times > 9) throw new Error(`peak.times: expected at most 9, got ${times}`);
  },
  async measure({ maps }, { times }) {
    return { explanations: maps.map(({ values }) => ({ peak_value: times * Math.max(...values) })) };
  },
  words: ({ config: { times } }) => [`Peaks count ${times} times.`],
};

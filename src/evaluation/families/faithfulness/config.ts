import { z } from 'zod';
import { REGION_MEANING, regionSchema } from '../../../input/kinds.js';
import { FAITHFULNESS_METRICS, type FaithfulnessMetric } from '../../../metrics/faithfulness-metrics.js';

const NAMES = Object.keys(FAITHFULNESS_METRICS) as FaithfulnessMetric[];

/** They are for texts, and for images, alone. */
const ON_REQUEST: readonly FaithfulnessMetric[] = ['eraser', 'road'];

export const faithfulnessSchema = z.strictObject({
  metrics: z
    .array(z.enum(NAMES))
    .min(1)
    .default(NAMES.filter((name) => !ON_REQUEST.includes(name)))
    .describe(
      'what is measured; docs/definitions.md has the formulas; `eraser` is for texts, `road` for images',
    ),
  images: z.int().min(1).optional().describe('how many images, the first ones; without this key all'),
  region: regionSchema
    .default(16)
    .describe(`IROF, monotonicity and eraser: what is removed as a whole: ${REGION_MEANING}`),
  subsets: z
    .int()
    .min(3)
    .default(100)
    .describe('Sensitivity-n and faithfulness correlation: random subsets of every size'),
  draws: z.int().min(1).default(5).describe('monotonicity correlation: how often each region is drawn anew'),
  seed: z.int().min(0).default(1).describe('key of subsets and draws'),
});
export type FaithfulnessConfig = z.output<typeof faithfulnessSchema>;

import { z } from 'zod';
import { SANITY_METRICS, type SanityMetric } from '../../../metrics/sanity-metrics.js';

const NAMES = Object.keys(SANITY_METRICS) as SanityMetric[];

export const sanitySchema = z.strictObject({
  metrics: z
    .array(z.enum(NAMES))
    .min(1)
    .default(NAMES.filter((name) => name !== 'smooth-mprt'))
    .describe(
      'what is measured; docs/definitions.md has the formulas; `smooth-mprt` costs `samples` times as much',
    ),
  images: z
    .int()
    .min(1)
    .default(4)
    .describe('images whose heatmaps are compared as layers are re-initialised'),
  stages: z
    .int()
    .min(1)
    .default(8)
    .describe(
      'how often they are compared, spread evenly over the layers; the last time all layers are random',
    ),
  samples: z
    .int()
    .min(1)
    .default(10)
    .describe('smooth-mprt: noisy copies of the input whose heatmaps are averaged'),
  noise: z
    .number()
    .positive()
    .default(0.15)
    .describe(
      'smooth-mprt: standard deviation of the noise, as a share of the largest minus the smallest number of the input',
    ),
  seed: z.int().min(0).default(1).describe('key of the random weights, the noise and the other class'),
  threshold: z
    .number()
    .min(0)
    .max(1)
    .default(0.7)
    .describe(
      'rank correlation of |R| with the upper half of the layers random above which a method does not react',
    ),
});
export type SanityConfig = z.output<typeof sanitySchema>;

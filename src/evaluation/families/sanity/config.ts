import { z } from 'zod';

export const sanitySchema = z.strictObject({
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
  seed: z.int().min(0).default(1).describe('key of the random weights'),
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

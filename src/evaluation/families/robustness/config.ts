import { z } from 'zod';

export const robustnessSchema = z.strictObject({
  removals: z
    .int()
    .min(0)
    .default(50)
    .describe('infidelity: random sets of regions that are removed; 0: not measured'),
  neighbours: z
    .int()
    .min(0)
    .default(10)
    .describe('max-sensitivity: random inputs nearby that are explained; 0: not measured'),
  radius: z
    .number()
    .gt(0)
    .default(0.02)
    .describe('how far every number of an input nearby may be, as a share of the image range'),
  seed: z.int().min(0).default(1).describe('key of removals and neighbours'),
});
export type RobustnessConfig = z.output<typeof robustnessSchema>;

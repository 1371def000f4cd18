import { z } from 'zod';
import { REGION_MEANING, regionSchema } from '../../../input/kinds.js';
import { FILL_KINDS } from '../../../perturbation/fills.js';

export const ORDER_KINDS = ['morf', 'lerf', 'insertion'] as const;
const orderSchema = z.enum(ORDER_KINDS);

export const perturbationSchema = z.strictObject({
  region: regionSchema.default(9).describe(REGION_MEANING),
  steps: z.int().min(1).default(100).describe('L: in how many steps regions are replaced'),
  regionsPerStep: z
    .int()
    .min(1)
    .default(1)
    .describe('regions replaced in one step; with region 1, many of them: pixel flipping'),
  at: z
    .array(z.int().min(1))
    .min(1)
    .optional()
    .describe('the steps that are scored, ascending, the last one L; scores in between are interpolated'),
  every: z.int().min(1).optional().describe('score every so many steps, and the last one; the same as `at`'),
  orders: z
    .array(orderSchema)
    .min(1)
    .default(['morf', 'lerf'])
    .describe('most relevant first, least relevant first; insertion: most relevant put back first'),
  fill: z.enum(FILL_KINDS).default('uniform').describe('what replaces a region'),
  repeats: z.int().min(1).default(1).describe('independent draws of the fill; averaged within the image'),
  randomOrders: z
    .int()
    .min(1)
    .default(3)
    .describe(
      'orders of the method random, averaged within the image so that differences to it lose noise; at least one a repeat',
    ),
  output: z.enum(['logit', 'softmax']).default('logit').describe('the score that is followed'),
  target: z.enum(['predicted', 'true']).default('predicted').describe('whose score is followed'),
  bounds: z
    .int()
    .min(1)
    .optional()
    .describe(
      'normalise AOPC by the least and the greatest that any order reaches, searched with a beam this wide; ' +
        'costs 2 * steps * beam * regions scores an image',
    ),
  groups: z
    .boolean()
    .default(false)
    .describe(
      'replace every group of `groups` at once, and as many other channels, drawn `randomOrders` times',
    ),
  accuracy: z
    .literal(true)
    .optional()
    .describe(
      'follow whether the network is right, too: accuracy.csv and columns of curves.csv and aopc.csv',
    ),
  seed: z.int().min(0).default(1).describe('key of fills and random orders'),
});
export type PerturbationConfig = z.output<typeof perturbationSchema>;

/** How many orders of the method `random` an image has: as many for every repeat. */
export function randomDraws({ repeats, randomOrders }: PerturbationConfig): number {
  return repeats * Math.ceil(randomOrders / repeats);
}

/** The steps that are scored, where not all are. */
export function scoredSteps({ at, every, steps }: PerturbationConfig): readonly number[] | undefined {
  if (!every) return at;
  const whole = Array.from({ length: Math.floor(steps / every) }, (_, k) => (k + 1) * every);
  return steps % every === 0 ? whole : [...whole, steps];
}

export type Order = PerturbationConfig['orders'][number];

/** The score that is followed: what is read from the logits, of which class, and the key of methods that draw. */
export type FollowedScore = Pick<PerturbationConfig, 'output' | 'target' | 'seed'>;

/** The score that an experiment follows: as its perturbation says, and as that would by default where there is none. */
export function followedScore({
  perturbation,
}: {
  perturbation?: PerturbationConfig | undefined;
}): FollowedScore {
  return perturbation ?? perturbationSchema.parse({});
}

import { z } from 'zod';
import { blurOverZeros } from '../../input/blur.js';
import { layoutOf } from '../../input/layout.js';
import type { ExplainRequest } from '../request.js';
import type { Attribution } from './attribution.js';
import { gradientsAt } from './gradients.js';
import { LOGITS } from './passes.js';
import { scoreOf } from './score.js';

export const BLUR_IG = z.strictObject({
  steps: z
    .int()
    .min(1)
    .max(10_000)
    .default(50)
    .describe('gradients on the way from the blurred input to the input'),
  sigma: z
    .number()
    .positive()
    .max(1000)
    .default(50)
    .describe('standard deviation of the strongest blur, in pixels'),
});

/** By how much sigma differs in the two blurs whose difference stands for the derivative. */
const DIFFERENCE = 0.01;

/**
 * Blur integrated gradients (Xu, Venugopalan and Sundararajan 2020, equation 6): with b(s) the input blurred by sigma s,
 * zero (the mean colour) beyond its border, minus the sum over s = sigma i / n, i = 0 .. n - 1, of the gradient at b(s)
 * times db/ds times sigma / n. Its sum approaches the logit at the input minus that at the strongest blur.
 */
export function blurIg({ steps, sigma }: z.infer<typeof BLUR_IG>): Attribution {
  return {
    definition: () => ({ kind: 'blur-ig', steps, sigma }),
    prepare(passes) {
      const gradient = passes.gradient();
      const layout = layoutOf(passes.network.inputShape);
      const at = (i: number) => (sigma * i) / steps;
      return async (requests, maps) => {
        // Blurs whose gradients are on their way, hardly more than one batch: gradients come in the order of the blurs.
        const waiting: Float64Array[] = [];
        // Behind the points of the sum comes the strongest blur, for what the sum is compared with.
        const variant = ({ input }: ExplainRequest, i: number) => {
          const blurred = blurOverZeros(input, layout, at(i));
          waiting.push(blurred);
          return Float32Array.from(blurred);
        };
        const sums = requests.map(({ input }) => new Float64Array(input.length));
        const expected = requests.map((request, r) =>
          scoreOf(maps.get(LOGITS)?.[r] as Float32Array, request),
        );
        await gradientsAt(gradient, requests, steps + 1, variant, (r, i, gradients, logits) => {
          const request = requests[r] as ExplainRequest;
          const before = waiting.shift() as Float64Array;
          if (i === steps) {
            expected[r] = (expected[r] as number) - scoreOf(logits, request);
            return;
          }
          const sum = sums[r] as Float64Array;
          const behind = blurOverZeros(request.input, layout, at(i) + DIFFERENCE);
          gradients.forEach((value, k) => {
            const slope = ((behind[k] as number) - (before[k] as number)) / DIFFERENCE;
            sum[k] = (sum[k] as number) - (value * slope * sigma) / steps;
          });
        });
        return sums.map((sum, r) => ({
          relevance: Float32Array.from(sum),
          channels: passes.network.layout.channels,
          expected: expected[r] as number,
        }));
      };
    },
  };
}

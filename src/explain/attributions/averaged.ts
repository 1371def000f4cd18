import { z } from 'zod';
import { mismatch } from '../../errors.js';
import type { InputLayout } from '../../input/layout.js';
import { randomStream } from '../../random.js';
import type { Item } from '../batches.js';
import type { ExplainRequest } from '../request.js';
import type { Attribution } from './attribution.js';
import { GRADIENT_OUTPUT, type Pass } from './passes.js';

/** Smilkov et al. 2017 recommend 50 samples and 10 to 20 % noise. */
export const SMOOTHGRAD = z.strictObject({
  samples: z.int().min(1).default(50).describe('noisy copies of the input'),
  noise: z
    .number()
    .positive()
    .default(0.15)
    .describe(
      'standard deviation of the noise, as a share of the largest minus the smallest number of the input',
    ),
});

export const INTEGRATED_GRADIENTS = z.strictObject({
  steps: z.int().min(1).default(50).describe('gradients on the straight line from the baseline to the input'),
  baseline: z
    .union([z.number(), z.array(z.number()).min(1)])
    .default(0)
    .describe('network input where the line starts, one number or one per channel'),
});

/**
 * SmoothGrad: the mean gradient over copies of the input with normal noise. The noise depends on the seed and the image's
 * id alone.
 */
export function smoothGrad({ samples, noise: share }: z.infer<typeof SMOOTHGRAD>): Attribution {
  return {
    definition: () => ({ kind: 'smoothgrad', samples, noise: share }),
    prepare(passes) {
      const gradient = passes.gradient();
      const { channels } = passes.network.layout;
      const noisy = ({ id, input }: ExplainRequest, sample: number) => {
        const noise = randomStream(passes.seed, 'smoothgrad', id, sample);
        const deviation = share * rangeOf(input);
        return input.map((value, i) => value + deviation * noise.normal(i));
      };
      return async (requests) => {
        const means = await meanGradient(gradient, requests, samples, noisy);
        return means.map((relevance) => ({ relevance, channels }));
      };
    },
  };
}

/**
 * Integrated gradients: x - x0 times the mean gradient at x0 + (x - x0) (k + 1/2) / n, k = 0 .. n - 1 (midpoint rule). Its
 * sum approaches the logit at the input x minus the logit at the baseline x0.
 */
export function integratedGradients({ steps, baseline }: z.infer<typeof INTEGRATED_GRADIENTS>): Attribution {
  return {
    definition: () => ({ kind: 'integrated-gradients', steps, baseline }),
    prepare(passes) {
      const gradient = passes.gradient();
      const { layout } = passes.network;
      const start = perChannel(baseline, layout);
      const between = ({ input }: ExplainRequest, step: number) =>
        input.map((value, i) => start(i) + ((value - start(i)) * (step + 0.5)) / steps);
      return async (requests) => {
        const means = await meanGradient(gradient, requests, steps, between);
        return means.map((mean, r) => ({
          relevance: mean.map((value, i) => value * ((requests[r]?.input[i] as number) - start(i))),
          channels: layout.channels,
        }));
      };
    },
  };
}

/** The number of a network input's i-th element. @throws InputError when there is not one a channel */
function perChannel(values: number | readonly number[], { channels, places }: InputLayout) {
  if (typeof values === 'number') return () => values;
  if (values.length !== channels) {
    throw mismatch({
      what: 'numbers of the baseline',
      where: 'integrated gradients',
      expected: `one, or one for each of ${channels} channels`,
      got: String(values.length),
    });
  }
  return (i: number) => values[Math.floor(i / places)] as number;
}

/** The mean gradient over `count` variants of each request's input, summed in float64. */
async function meanGradient(
  pass: Pass,
  requests: readonly ExplainRequest[],
  count: number,
  variant: (request: ExplainRequest, index: number) => Float32Array,
): Promise<Float32Array[]> {
  const sums = requests.map(({ input }) => new Float64Array(input.length));
  function* variants(): Generator<Item> {
    for (const request of requests) {
      for (let i = 0; i < count; i++) yield { input: variant(request, i), request };
    }
  }
  await pass.run(variants(), ({ [GRADIENT_OUTPUT]: gradient }, index) => {
    const sum = sums[Math.floor(index / count)] as Float64Array;
    gradient?.forEach((value, i) => {
      sum[i] = (sum[i] as number) + value;
    });
  });
  return sums.map((sum) => Float32Array.from(sum, (value) => value / count));
}

function rangeOf(values: Float32Array): number {
  let [least, largest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < least) least = value;
    if (value > largest) largest = value;
  }
  return largest - least;
}

import { z } from 'zod';
import { type RandomStream, randomStream } from '../../random.js';
import type { ExplainRequest } from '../request.js';
import type { Attribution } from './attribution.js';
import { gradientsAt } from './gradients.js';
import type { Pass } from './passes.js';

/** Smilkov et al. 2017 recommend 50 samples and 10 to 20 % noise. */
export const NOISY = z.strictObject({
  samples: z.int().min(1).default(50).describe('noisy copies of the input'),
  noise: z
    .number()
    .positive()
    .default(0.15)
    .describe(
      'standard deviation of the noise, as a share of the largest minus the smallest number of the input',
    ),
});

/** What is made of the gradients at noisy copies: their mean, the mean of their squares, or their variance (divisor: samples). */
export interface GradientMoments {
  readonly smoothgrad: Float32Array;
  readonly squaregrad: Float32Array;
  readonly vargrad: Float32Array;
}

/**
 * SmoothGrad and its like: a moment of the gradients at copies of the input with normal noise. The noise depends on the
 * seed and the image's id alone; all moments of the same copies are computed at once.
 */
export function noisyGradients(
  kind: keyof GradientMoments,
  { samples, noise: share }: z.infer<typeof NOISY>,
): Attribution {
  return {
    definition: () => ({ kind, samples, noise: share }),
    prepare(passes) {
      const gradient = passes.gradient();
      const { channels } = passes.network.layout;
      const noisy = ({ id, input }: ExplainRequest, sample: number) => {
        return underNoise(input, share, randomStream(passes.seed, 'smoothgrad', id, sample));
      };
      return async (requests) => {
        const moments = await passes.once(requests, `noisy gradients ${samples} ${share}`, () =>
          gradientMoments(gradient, requests, samples, noisy),
        );
        return moments.map((own) => ({ relevance: own[kind], channels }));
      };
    },
  };
}

/** Moments of the gradients at `count` variants of each request's input, in float64. */
export async function gradientMoments(
  pass: Pass,
  requests: readonly ExplainRequest[],
  count: number,
  variant: (request: ExplainRequest, index: number) => Float32Array,
): Promise<GradientMoments[]> {
  const running = requests.map(({ input: { length } }) => ({
    sum: new Float64Array(length),
    squares: new Float64Array(length),
    mean: new Float64Array(length),
    deviations: new Float64Array(length),
  }));
  await gradientsAt(pass, requests, count, variant, (request, index, gradient) => {
    const { sum, squares, mean, deviations } = running[request] as (typeof running)[number];
    for (let i = 0; i < gradient.length; i++) {
      const value = gradient[i] as number;
      sum[i] = (sum[i] as number) + value;
      squares[i] = (squares[i] as number) + value * value;
      // Welford's recursion: no difference of two large sums.
      const before = value - (mean[i] as number);
      mean[i] = (mean[i] as number) + before / (index + 1);
      deviations[i] = (deviations[i] as number) + before * (value - (mean[i] as number));
    }
  });
  const perSample = (totals: Float64Array) => Float32Array.from(totals, (total) => total / count);
  return running.map(({ sum, squares, deviations }) => ({
    smoothgrad: perSample(sum),
    squaregrad: perSample(squares),
    vargrad: perSample(deviations),
  }));
}

/** An input under normal noise, whose deviation is a share of the largest minus the smallest number of the input. */
export function underNoise(input: Float32Array, share: number, noise: RandomStream): Float32Array {
  const deviation = share * rangeOf(input);
  return input.map((value, i) => value + deviation * noise.normal(i));
}

function rangeOf(values: Float32Array): number {
  let [least, largest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < least) least = value;
    if (value > largest) largest = value;
  }
  return largest - least;
}

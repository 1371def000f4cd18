import { layoutOf } from '../../input/layout.js';
import { randomStream } from '../../random.js';
import type { Item } from '../batches.js';
import type { ExplainRequest } from '../request.js';
import type { Attribution } from './attribution.js';
import { GRADIENT_OUTPUT, type Pass } from './passes.js';

/** Smilkov et al. 2017 recommend 50 samples and 10 to 20 % noise. */
const SMOOTHGRAD = { samples: 50, noise: 0.15 } as const;

/** Midpoint rule over the straight line from the zero input: the mean colour, after preprocessing. */
const INTEGRATED_GRADIENTS = { steps: 50, baseline: 0 } as const;

/**
 * SmoothGrad: the mean gradient over copies of the input with normal noise of standard deviation 0.15 (max - min of the
 * input). The noise depends on the seed and the image's id alone.
 */
export function smoothGrad(): Attribution {
  return {
    definition: () => ({ kind: 'smoothgrad', ...SMOOTHGRAD }),
    prepare(passes) {
      const gradient = passes.gradient();
      const { channels } = layoutOf(passes.network.inputShape);
      const noisy = ({ id, input }: ExplainRequest, sample: number) => {
        const noise = randomStream(passes.seed, 'smoothgrad', id, sample);
        const deviation = SMOOTHGRAD.noise * rangeOf(input);
        return input.map((value, i) => value + deviation * noise.normal(i));
      };
      return async (requests) => {
        const means = await meanGradient(gradient, requests, SMOOTHGRAD.samples, noisy);
        return means.map((relevance) => ({ relevance, channels }));
      };
    },
  };
}

/**
 * Integrated gradients: x times the mean gradient at x (k + 1/2) / 50, k = 0 .. 49. Its sum approaches the logit at the
 * input minus the logit at the zero input.
 */
export function integratedGradients(): Attribution {
  const { steps } = INTEGRATED_GRADIENTS;
  return {
    definition: () => ({ kind: 'integrated-gradients', ...INTEGRATED_GRADIENTS }),
    prepare(passes) {
      const gradient = passes.gradient();
      const { channels } = layoutOf(passes.network.inputShape);
      const scaled = ({ input }: ExplainRequest, step: number) =>
        input.map((value) => (value * (step + 0.5)) / steps);
      return async (requests) => {
        const means = await meanGradient(gradient, requests, steps, scaled);
        return means.map((mean, r) => ({
          relevance: mean.map((value, i) => value * (requests[r]?.input[i] as number)),
          channels,
        }));
      };
    },
  };
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

import type { Session } from '../../engine/engine.js';
import { randomStream } from '../../random.js';
import type { BatchRunner, Item } from '../batches.js';
import type { ExplainRequest } from '../request.js';

/** Name of the gradient among the outputs of the session. */
export const GRADIENT_OUTPUT = 'relevance/gradient';

/** Smilkov et al. 2017 recommend 50 samples and 10 to 20 % noise. */
export const SMOOTHGRAD = { samples: 50, noise: 0.15 } as const;

/** Midpoint rule over the straight line from the zero input: the mean colour, after preprocessing. */
export const INTEGRATED_GRADIENTS = { steps: 50, baseline: 0 } as const;

/**
 * SmoothGrad: the mean gradient over copies of the input with normal noise of standard deviation 0.15 (max - min of the
 * input). The noise depends on the seed and the image's id alone.
 */
export function smoothGrad(
  runner: BatchRunner,
  gradient: Session,
  requests: readonly ExplainRequest[],
  seed: number,
): Promise<Float32Array[]> {
  return meanGradient(runner, gradient, requests, SMOOTHGRAD.samples, ({ id, input }, sample) => {
    const noise = randomStream(seed, 'smoothgrad', id, sample);
    const deviation = SMOOTHGRAD.noise * rangeOf(input);
    return input.map((value, i) => value + deviation * noise.normal(i));
  });
}

/**
 * Integrated gradients: x times the mean gradient at x (k + 1/2) / 50, k = 0 .. 49. Its sum approaches the logit at the
 * input minus the logit at the zero input.
 */
export async function integratedGradients(
  runner: BatchRunner,
  gradient: Session,
  requests: readonly ExplainRequest[],
): Promise<Float32Array[]> {
  const { steps } = INTEGRATED_GRADIENTS;
  const means = await meanGradient(runner, gradient, requests, steps, ({ input }, step) =>
    input.map((value) => (value * (step + 0.5)) / steps),
  );
  return means.map((mean, r) => mean.map((value, i) => value * (requests[r]?.input[i] as number)));
}

/** The mean gradient over `count` variants of each request's input, summed in float64. */
async function meanGradient(
  runner: BatchRunner,
  gradient: Session,
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
  await runner.run(gradient, variants(), ({ [GRADIENT_OUTPUT]: gradient }, index) => {
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

import { z } from 'zod';
import type { ExplainRequest } from '../request.js';
import type { Attribution, Computed } from './attribution.js';
import { gradientsAt } from './gradients.js';
import { LOGITS, type Pass } from './passes.js';
import { PATH_RULE_NAMES, PATH_RULES, type PathPoint } from './path-rules.js';
import { scoreOf } from './score.js';
import { BASELINE, startsOf } from './starts.js';

export const INTEGRATED_GRADIENTS = z.strictObject({
  steps: z
    .int()
    .min(1)
    .max(10_000)
    .default(50)
    .describe('gradients on the straight line from the baseline to the input'),
  baseline: BASELINE,
  rule: z
    .enum(PATH_RULE_NAMES)
    .default('midpoint')
    .describe('where on the line, and how gradients are weighted'),
});

/**
 * Integrated gradients: x - x0 times the weighted sum of gradients at x0 + a (x - x0), with points a and weights by a rule;
 * the mean over baselines x0 where there are several. Its sum approaches the logit at the input x minus that at x0.
 */
export function integratedGradients({
  steps,
  baseline,
  rule,
}: z.infer<typeof INTEGRATED_GRADIENTS>): Attribution {
  return {
    definition: () => ({ kind: 'integrated-gradients', steps, baseline, rule }),
    prepare(passes) {
      const gradient = passes.gradient();
      const starts = startsOf(baseline, 'integrated gradients', passes);
      const points = PATH_RULES[rule](steps);
      const { channels } = passes.network.layout;
      return async (requests, maps) => {
        const lines = requests.map((request, r) => ({
          request,
          starts: starts.of(request),
          logits: maps.get(LOGITS)?.[r] as Float32Array,
        }));
        const found = await alongLines(gradient, lines, points);
        return found.map((own) => ({ ...own, channels }));
      };
    },
  };
}

/** Straight lines to one input. */
export interface Lines {
  readonly request: ExplainRequest;
  readonly starts: readonly Float32Array[];
  /** At the input. */
  readonly logits: Float32Array;
}

/** Integrates along all lines of every request, each of which has as many. */
export async function alongLines(
  pass: Pass,
  lines: readonly Lines[],
  points: readonly PathPoint[],
): Promise<Omit<Computed, 'channels'>[]> {
  const requests = lines.map(({ request }) => request);
  const sums = requests.map(({ input }) => new Float64Array(input.length));
  const expected = lines.map(({ logits, request }) => scoreOf(logits, request));
  const [
    {
      starts: { length: count },
    } = { starts: [] },
  ] = lines;
  const perLine = points.length + 1;
  const lineOf = new Map(lines.map((one) => [one.request, one]));
  const startOf = (request: ExplainRequest, index: number) =>
    lineOf.get(request)?.starts[Math.floor(index / perLine)] as Float32Array;
  // The baseline itself comes first: its logits are what the sum is compared with.
  const at = (index: number) => points[(index % perLine) - 1];
  const variant = (request: ExplainRequest, index: number) =>
    between(startOf(request, index), request.input, at(index)?.at ?? 0);
  await gradientsAt(pass, requests, count * perLine, variant, (r, index, gradient, logits) => {
    const request = requests[r] as ExplainRequest;
    const point = at(index);
    if (!point) {
      expected[r] = (expected[r] as number) - scoreOf(logits, request) / count;
      return;
    }
    const [start, sum] = [startOf(request, index), sums[r] as Float64Array];
    gradient.forEach((value, i) => {
      const way = (request.input[i] as number) - (start[i] as number);
      sum[i] = (sum[i] as number) + (value * point.weight * way) / count;
    });
  });
  return sums.map((sum, r) => ({ relevance: Float32Array.from(sum), expected: expected[r] as number }));
}

/** The point a of the way from one input to another. */
export function between(from: Float32Array, to: Float32Array, a: number): Float32Array {
  return from.map((start, i) => start + ((to[i] as number) - start) * a);
}

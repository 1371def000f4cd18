import { z } from 'zod';
import { logitsName } from '../../graph/graph.js';
import type { Item } from '../batches.js';
import type { ExplainRequest } from '../request.js';
import type { Attribution, Computed } from './attribution.js';
import { gradientsAt } from './gradients.js';
import { between } from './integrated-gradients.js';
import { LOGITS, type Pass, type Passes } from './passes.js';
import { OUTPUT, type Output, scoreOf, slopesOfProbability } from './score.js';
import { BASELINE, startsOf } from './starts.js';

export const IDGI = z.strictObject({
  steps: z
    .int()
    .min(1)
    .max(10_000)
    .default(50)
    .describe('pieces of the straight line from the baseline to the input'),
  baseline: BASELINE,
  output: OUTPUT,
});

/**
 * Important direction gradient integration (Yang et al. 2023): on the line x_k = x0 + (x - x0) k / n, every piece hands out
 * f(x_k+1) - f(x_k) in proportion to the squared gradient of f at x_k; k = 0 .. n - 1. So its sum is f(x) - f(x0); the mean
 * over baselines x0 where there are several.
 */
export function idgi({ steps, baseline, output }: z.infer<typeof IDGI>): Attribution {
  return {
    definition: () => ({ kind: 'idgi', steps, baseline, output }),
    prepare(passes) {
      const gradient = passes.gradient();
      const forward = output === 'probability' ? passes.forward() : undefined;
      const starts = startsOf(baseline, 'idgi', passes);
      const { channels } = passes.network.layout;
      return async (requests, maps) => {
        const results: Computed[] = [];
        for (const [r, request] of requests.entries()) {
          const end = scoreOf(maps.get(LOGITS)?.[r] as Float32Array, request, output);
          const sum = new Float64Array(request.input.length);
          let expected = end;
          for (const start of starts.of(request)) {
            const line = { request, start, steps, end, output };
            const own = await alongLine(gradient, await weightedLine(forward, line, passes), line);
            own.sum.forEach((value, i) => {
              sum[i] = (sum[i] as number) + value / starts.count;
            });
            expected -= own.first / starts.count;
          }
          results.push({ relevance: Float32Array.from(sum), channels, expected });
        }
        return results;
      };
    },
  };
}

interface Line {
  readonly request: ExplainRequest;
  readonly start: Float32Array;
  readonly steps: number;
  /** f at the input. */
  readonly end: number;
  readonly output: Output;
}

/** The points of a line, each with the weights of logits that have the gradient of f there. */
async function weightedLine(forward: Pass | undefined, line: Line, { network }: Passes): Promise<Item[]> {
  const { request, start, steps } = line;
  const items = Array.from({ length: steps }, (_, k) => ({
    input: between(start, request.input, k / steps),
    request,
  }));
  if (!forward) return items;
  const weighted: Item[] = [];
  await forward.run(items, (outputs, k) => {
    const logits = outputs[logitsName(network.graph)] as Float32Array;
    const weights = slopesOfProbability(logits, request);
    weighted.push({ input: (items[k] as Item).input, request: { ...request, weights } });
  });
  return weighted;
}

async function alongLine(
  pass: Pass,
  items: readonly Item[],
  { request, end, output }: Line,
): Promise<{ sum: Float64Array; first: number }> {
  const sum = new Float64Array(request.input.length);
  const scores: number[] = [];
  let shares = new Float64Array(0);
  const handOut = (next: number) => {
    const change = next - (scores.at(-1) ?? next);
    for (const [i, share] of shares.entries()) sum[i] = (sum[i] as number) + share * change;
    scores.push(next);
  };
  await gradientsAt(
    pass,
    [request],
    items.length,
    (_, k) => items[k] as Item,
    (_, __, gradient, logits) => {
      handOut(scoreOf(logits, request, output));
      shares = Float64Array.from(gradient, (value) => value * value);
      const total = shares.reduce((a, b) => a + b, 0);
      shares = shares.map((square) => (total > 0 ? square / total : 0));
    },
  );
  handOut(end);
  return { sum, first: scores[0] as number };
}

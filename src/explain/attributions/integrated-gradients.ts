import { z } from 'zod';
import type { ExplainRequest } from '../request.js';
import type { Attribution, Computed } from './attribution.js';
import { gradientsAt } from './gradients.js';
import { LOGITS, type Pass, type Passes } from './passes.js';
import { PATH_RULE_NAMES, PATH_RULES, type PathPoint } from './path-rules.js';
import { scoreOf } from './score.js';
import { BASELINE_OR_EXPECTED, EXPECTED, referencesOf, startsOf } from './starts.js';

export const INTEGRATED_GRADIENTS = z.strictObject({
  steps: z
    .int()
    .min(1)
    .max(10_000)
    .default(50)
    .describe('gradients on the straight line from the baseline to the input'),
  baseline: BASELINE_OR_EXPECTED,
  rule: z
    .enum(PATH_RULE_NAMES)
    .default('midpoint')
    .describe('where on the line, and how gradients are weighted'),
});

type Settings = z.infer<typeof INTEGRATED_GRADIENTS>;

/**
 * Integrated gradients: x - x0 times the weighted sum of gradients at x0 + a (x - x0), with points a and weights by a rule;
 * the mean over baselines x0 where there are several. Its sum approaches the logit at the input x minus that at x0.
 *
 * Expected gradients (Erion et al. 2021, arXiv 1906.10670) have a baseline of its own for every point, another input of the
 * data set; the points of the rule stand for draws of a from 0 to 1, of which they are the more even ones.
 */
export function integratedGradients({ steps, baseline, rule }: Settings): Attribution {
  const expected = baseline === EXPECTED;
  return {
    definition: () => ({
      kind: 'integrated-gradients',
      steps,
      baseline,
      rule,
      ...(expected && { references: `of ${REFERENCES} inputs of the data set at most, one a point` }),
    }),
    ...(expected && { references: REFERENCES }),
    prepare(passes) {
      const gradient = passes.gradient();
      const linesTo = linesOf({ steps, baseline, rule }, passes);
      const { channels } = passes.network.layout;
      return async (requests, maps) => {
        const found = await alongLines(
          gradient,
          requests.map((request, r) => ({
            request,
            lines: linesTo(request),
            logits: maps.get(LOGITS)?.[r] as Float32Array,
          })),
        );
        return found.map((own) => ({ ...own, channels }));
      };
    },
  };
}

/** How many inputs of a data set are held for draws. */
const REFERENCES = 50;

/** A straight line to an input, and where on it gradients are taken. */
export interface Line {
  readonly start: Float32Array;
  readonly points: readonly PathPoint[];
}

function linesOf(
  { steps, baseline, rule }: Settings,
  passes: Passes,
): (request: ExplainRequest) => readonly Line[] {
  const points = PATH_RULES[rule](steps);
  if (baseline === EXPECTED) {
    const drawn = referencesOf('integrated gradients', passes);
    return (request) =>
      drawn(request, points.length).map((start, k) => ({ start, points: [points[k] as PathPoint] }));
  }
  const starts = startsOf(baseline, 'integrated gradients', passes);
  const shared = points.map(({ at, weight }) => ({ at, weight: weight / starts.count }));
  return (request) => starts.of(request).map((start) => ({ start, points: shared }));
}

/** Straight lines to one input. */
export interface Lines {
  readonly request: ExplainRequest;
  readonly lines: readonly Line[];
  /** At the input. */
  readonly logits: Float32Array;
}

/** Integrates along all lines of every request, each of which has as many points. */
export async function alongLines(pass: Pass, asked: readonly Lines[]): Promise<Omit<Computed, 'channels'>[]> {
  const requests = asked.map(({ request }) => request);
  const sums = requests.map(({ input }) => new Float64Array(input.length));
  const expected = asked.map(({ logits, request }) => scoreOf(logits, request));
  // The baseline itself comes first on every line: its logits are what the sum is compared with.
  const steps = new Map(
    asked.map(({ request, lines }) => [
      request,
      lines.flatMap((line) => [{ line, point: undefined }, ...line.points.map((point) => ({ line, point }))]),
    ]),
  );
  const stepOf = (request: ExplainRequest, index: number) => steps.get(request)?.[index] as Step;
  const count = steps.get(requests[0] as ExplainRequest)?.length ?? 0;
  const variant = (request: ExplainRequest, index: number) => {
    const { line, point } = stepOf(request, index);
    return between(line.start, request.input, point?.at ?? 0);
  };
  await gradientsAt(pass, requests, count, variant, (r, index, gradient, logits) => {
    const request = requests[r] as ExplainRequest;
    const { line, point } = stepOf(request, index);
    if (!point) {
      const share = line.points.reduce((sum, { weight }) => sum + weight, 0);
      expected[r] = (expected[r] as number) - scoreOf(logits, request) * share;
      return;
    }
    const sum = sums[r] as Float64Array;
    gradient.forEach((value, i) => {
      const way = (request.input[i] as number) - (line.start[i] as number);
      sum[i] = (sum[i] as number) + value * point.weight * way;
    });
  });
  return sums.map((sum, r) => ({ relevance: Float32Array.from(sum), expected: expected[r] as number }));
}

/** A point of a line, or its start. */
interface Step {
  readonly line: Line;
  readonly point: PathPoint | undefined;
}

/** The point a of the way from one input to another. */
export function between(from: Float32Array, to: Float32Array, a: number): Float32Array {
  return from.map((start, i) => start + ((to[i] as number) - start) * a);
}

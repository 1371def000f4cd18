import { z } from 'zod';
import type { ExplainRequest } from '../request.js';
import type { Attribution, Computed } from './attribution.js';
import { gradientsAt } from './gradients.js';
import { LOGITS, type Pass } from './passes.js';
import { scoreOf } from './score.js';
import { select } from './select.js';
import { BASELINE, startOf } from './starts.js';

export const GUIDED_IG = z.strictObject({
  steps: z
    .int()
    .min(1)
    .max(10_000)
    .default(200)
    .describe('gradients on the way from the baseline to the input'),
  fraction: z.number().gt(0).max(1).default(0.25).describe('share of the numbers that move at a time'),
  distance: z
    .number()
    .min(0)
    .max(1)
    .default(0.02)
    .describe('how far a number may be from the straight line, as a share of its way'),
  baseline: BASELINE,
});

type Settings = z.infer<typeof GUIDED_IG>;

/** Of the distance to the input: what counts as equal. */
const CLOSE = 1e-9;

/**
 * Guided integrated gradients (Kapishnikov et al. 2021, algorithm 1; anchored to the straight line): in every step the
 * numbers with the smallest gradients move towards the input until the distance to it has fallen by 1 / steps of the
 * whole; every move counts its length times the gradient at the step's beginning. Where gradients tie it depends on rounding.
 */
export function guidedIg(settings: Settings): Attribution {
  return {
    definition: () => ({ kind: 'guided-ig', ...settings }),
    prepare(passes) {
      const gradient = passes.gradient();
      const startAt = startOf(settings.baseline, 'guided-ig', passes);
      const { channels } = passes.network.layout;
      return async (requests, maps) => {
        const results: Computed[] = [];
        for (const [r, request] of requests.entries()) {
          const { sum, first } = await guided(gradient, request, startAt(request), settings);
          const expected = scoreOf(maps.get(LOGITS)?.[r] as Float32Array, request) - first;
          results.push({ relevance: Float32Array.from(sum), channels, expected });
        }
        return results;
      };
    },
  };
}

/** The sum along the path, and the logit where it starts. Inputs go through the network one at a time: each depends on the one before. */
async function guided(
  pass: Pass,
  request: ExplainRequest,
  start: Float32Array,
  { steps, fraction, distance }: Settings,
): Promise<{ sum: Float64Array; first: number }> {
  const path = new GuidedPath(start, request.input, fraction);
  let first = 0;
  for (let step = 1; step <= steps; step++) {
    await gradientsAt(
      pass,
      [request],
      1,
      () => Float32Array.from(path.at),
      (_, __, gradient, logits) => {
        if (step === 1) first = scoreOf(logits, request);
        path.step(gradient, step / steps, distance);
      },
    );
  }
  return { sum: path.sum, first };
}

class GuidedPath {
  readonly sum: Float64Array;
  readonly at: Float64Array;
  readonly #whole: number;

  constructor(
    readonly from: Float32Array,
    readonly to: Float32Array,
    readonly fraction: number,
  ) {
    this.sum = new Float64Array(from.length);
    this.at = Float64Array.from(from);
    this.#whole = this.#distance();
  }

  /** Moves until the distance to the input is 1 - done of the whole. */
  step(gradient: Float32Array, done: number, distance: number): void {
    const target = this.#whole * (1 - done);
    const low = this.#line(Math.max(done - distance, 0));
    const high = this.#line(Math.min(done + distance, 1));
    this.#catchUp(gradient, low);
    const sizes = Float64Array.from(gradient);
    for (let i = 0; i < sizes.length; i++) sizes[i] = Math.abs(sizes[i] as number);
    while (true) {
      const left = this.#distance();
      if (Math.abs(left - target) <= CLOSE * Math.max(1, left, target)) return;
      for (let i = 0; i < sizes.length; i++) if (this.at[i] === high[i]) sizes[i] = Number.POSITIVE_INFINITY;
      const threshold = select(sizes, Math.floor(this.fraction * (sizes.length - 1)));
      const chosen = (i: number) =>
        (sizes[i] as number) <= threshold && sizes[i] !== Number.POSITIVE_INFINITY;
      let room = 0;
      for (let i = 0; i < sizes.length; i++) {
        if (chosen(i)) room += Math.abs((this.at[i] as number) - (high[i] as number));
      }
      if (room === 0) return;
      const share = Math.min((left - target) / room, 1);
      for (let i = 0; i < sizes.length; i++) if (chosen(i)) this.#move(gradient, i, high[i] as number, share);
      if (left - target <= room) return;
    }
  }

  /** Brings what fell behind the straight line to its lower end. */
  #catchUp(gradient: Float32Array, low: Float64Array): void {
    for (let i = 0; i < low.length; i++) {
      const way = (this.to[i] as number) - (this.from[i] as number);
      if (way !== 0 && ((this.at[i] as number) - (low[i] as number)) / way < 0)
        this.#move(gradient, i, low[i] as number, 1);
    }
  }

  #move(gradient: Float32Array, i: number, to: number, share: number): void {
    const before = this.at[i] as number;
    const next = share === 1 ? to : before + (to - before) * share;
    this.sum[i] = (this.sum[i] as number) + (next - before) * (gradient[i] as number);
    this.at[i] = next;
  }

  #line(share: number): Float64Array {
    const line = Float64Array.from(this.from);
    for (let i = 0; i < line.length; i++) {
      const start = line[i] as number;
      line[i] = start + ((this.to[i] as number) - start) * share;
    }
    return line;
  }

  #distance(): number {
    return this.at.reduce((sum, value, i) => sum + Math.abs((this.to[i] as number) - value), 0);
  }
}

import { z } from 'zod';
import type { Attribution, Computed } from './attribution.js';
import { Coalitions } from './coalitions.js';
import type { Passes } from './passes.js';
import type { Output } from './score.js';
import { CELLS, type SegmentSettings, SLIC, segmentsOf, spread } from './segments.js';
import { type Baseline, startOf } from './starts.js';

/** What every method over coalitions of segments is told. */
export interface CoalitionSettings extends SegmentSettings {
  readonly baseline: Baseline;
  readonly output: Output;
}

/** Settings of methods that draw coalitions of segments; `samples` says what is drawn. */
export const sampled = (samples: string) => ({
  cells: CELLS.default(7),
  slic: SLIC,
  samples: z.int().min(2).max(100_000).default(1000).describe(samples),
});

/** A value a segment, and what they should sum to, where they should. */
export interface SegmentValues {
  readonly values: ArrayLike<number>;
  readonly expected?: number;
}

/**
 * A method that gives every segment a value from the scores of coalitions. Methods that ask for the same segments and
 * baseline share what went through the network.
 */
export function overCoalitions(
  kind: string,
  settings: CoalitionSettings,
  prepare: (passes: Passes) => (coalitions: Coalitions) => Promise<SegmentValues>,
): Attribution {
  return {
    definition: () => ({ kind, ...settings }),
    prepare(passes) {
      const forward = passes.forward();
      const start = startOf(settings.baseline, kind, passes);
      const segments = segmentsOf(settings, kind, passes);
      const valuesOf = prepare(passes);
      const { cells, slic, baseline } = settings;
      const what = `coalitions ${JSON.stringify([cells, slic ?? '', baseline])}`;
      return async (requests) => {
        const asked = await passes.once(requests, what, async () =>
          requests.map((request) => new Coalitions(forward, request, segments(request), start(request))),
        );
        const results: Computed[] = [];
        for (const coalitions of asked) {
          const before = coalitions.passes;
          const { values, ...sums } = await valuesOf(coalitions);
          const relevance = spread(values, coalitions.segments);
          results.push({ relevance, channels: 1, ...sums, passes: coalitions.passes - before });
        }
        return results;
      };
    },
  };
}

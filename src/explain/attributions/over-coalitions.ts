import { z } from 'zod';
import type { Attribution, Computed } from './attribution.js';
import { type Coalition, distinct } from './coalition.js';
import { waysOf } from './coalition-walks.js';
import { Coalitions } from './coalitions.js';
import type { Passes } from './passes.js';
import type { Output } from './score.js';
import { CELLS, gridSegments, type SegmentSettings, SLIC, segmentsOf, spread } from './segments.js';
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

/** The coalitions that a method asks for, and what it makes of their scores. */
export interface Survey {
  readonly rows: readonly Coalition[];
  /** @throws InputError where the coalitions do not say enough */
  readonly values: (scores: Float64Array) => SegmentValues;
}

/** The survey of a number of segments; what is drawn hangs on the id of the input. */
export type SurveyOf = (segments: number, id: string) => Survey;

/**
 * A method that gives every segment a value from the scores of coalitions. Methods that ask for the same segments and
 * baseline share what went through the network.
 */
export function overCoalitions(
  kind: string,
  settings: CoalitionSettings,
  prepare: (passes: Passes) => SurveyOf,
): Attribution {
  return {
    definition: () => ({ kind, ...settings }),
    prepare(passes) {
      const forward = passes.forward();
      const start = startOf(settings.baseline, kind, passes);
      const segments = segmentsOf(settings, kind, passes);
      const surveyOf = prepare(passes);
      const grid =
        settings.slic === undefined ? gridSegments(passes.network.layout, settings.cells) : undefined;
      const local = grid && passes.local(grid, stepsOf(surveyOf(grid.count, '')));
      const { cells, slic, baseline, output } = settings;
      const what = `coalitions ${JSON.stringify([cells, slic ?? '', baseline])}`;
      return async (requests) => {
        const asked = await passes.once(requests, what, async () =>
          requests.map((request) => new Coalitions(forward, request, segments(request), start(request))),
        );
        const results: Computed[] = [];
        for (const coalitions of asked) {
          const { request } = coalitions;
          const before = coalitions.counts;
          const { rows, values: valuesOf } = surveyOf(coalitions.segments.count, request.id);
          const scores = await coalitions.scores(rows, output, request.document ? undefined : local);
          const { values, ...sums } = valuesOf(scores);
          const relevance = spread(values, coalitions.segments);
          const after = coalitions.counts;
          results.push({
            relevance,
            channels: 1,
            ...sums,
            passes: after.passes - before.passes,
            ...(local && { incrementalPasses: after.incrementalPasses - before.incrementalPasses }),
          });
        }
        return results;
      };
    },
  };
}

/** Of every coalition, once, how many segments change on the way to it. */
function stepsOf({ rows }: Survey): number[] {
  return waysOf(distinct(rows)).map(({ segments }) => segments.length);
}

import type { Walk } from '../../incremental/passes.js';
import { type Coalition, everything, keyOf, nothing } from './coalition.js';

/** What a coalition is reached from: all segments, none of them, or the one before it in a list. */
interface Way {
  readonly from: 'all' | 'none' | 'before';
  /** What changes on the way. */
  readonly segments: readonly number[];
}

/** The shortest way to each coalition of a list. Where each is near the one before, ways are short. */
export function waysOf(coalitions: readonly Coalition[]): Way[] {
  return coalitions.map((coalition, i) => {
    const from = fromAnEnd(coalition);
    const before = coalitions[i - 1];
    const segments = before && where(coalition, (kept, segment) => kept !== Boolean(before[segment]));
    return segments && segments.length < from.segments.length ? { from: 'before', segments } : from;
  });
}

function fromAnEnd(coalition: Coalition): Way {
  const hidden = where(coalition, (kept) => !kept);
  const kept = where(coalition, (kept) => kept);
  return kept.length < hidden.length ? { from: 'none', segments: kept } : { from: 'all', segments: hidden };
}

function where(coalition: Coalition, holds: (kept: boolean, segment: number) => boolean): number[] {
  return Array.from(coalition, Boolean).flatMap((kept, segment) => (holds(kept, segment) ? [segment] : []));
}

/** Walks that start with all segments or none, and the coalitions that are looked at on them, in order. */
export interface CoalitionWalks {
  readonly base: Coalition;
  readonly walks: readonly Walk[];
  readonly looks: readonly Coalition[];
}

/**
 * How a list of coalitions is computed: those that at most `most` segments part from the one before, or from all or none of the
 * segments, on walks, and so are those that others are reached from; the rest alone.
 * @param patch the numbers of a segment, in the input or in the baseline
 */
export function routesOf(
  coalitions: readonly Coalition[],
  most: number,
  patch: (segment: number, kept: boolean) => Float32Array,
): { runs: CoalitionWalks[]; alone: Coalition[] } {
  const ways = waysOf(coalitions);
  const isNear = (way?: Way) => way !== undefined && way.segments.length <= most;
  const isNeeded = (i: number) => ways[i + 1]?.from === 'before' && isNear(ways[i + 1]);
  const count = coalitions[0]?.length ?? 0;
  const runs = { all: new Run(everything(count)), none: new Run(nothing(count)) };
  const alone: Coalition[] = [];
  let walking: Run | undefined;
  for (const [i, coalition] of coalitions.entries()) {
    const way = ways[i] as Way;
    if (way.segments.length === 0 || !(isNear(way) || isNeeded(i))) {
      alone.push(coalition);
      walking = undefined;
    } else if (way.from === 'before' && walking) {
      walking.goOn(coalition, way.segments);
    } else {
      const { from, segments } = fromAnEnd(coalition);
      walking = runs[from === 'all' ? 'all' : 'none'];
      walking.begin();
      walking.goOn(coalition, segments);
    }
  }
  const walked = Object.values(runs).filter(({ isEmpty }) => !isEmpty);
  const ends = new Set(walked.map(({ base }) => keyOf(base)));
  return {
    runs: walked.map((run) => run.finish(patch)),
    alone: alone.filter((coalition) => !ends.has(keyOf(coalition))),
  };
}

/** A step of a walk: a segment, and whether it then shows the input. */
interface Step {
  readonly segment: number;
  readonly kept: boolean;
}

class Run {
  readonly #walks: { steps: Step[]; looks: number[] }[] = [];
  readonly #looks: Coalition[] = [];

  constructor(readonly base: Coalition) {}

  get isEmpty(): boolean {
    return this.#walks.length === 0;
  }

  begin(): void {
    this.#walks.push({ steps: [], looks: [] });
  }

  goOn(coalition: Coalition, segments: readonly number[]): void {
    const { steps, looks } = this.#walks.at(-1) as { steps: Step[]; looks: number[] };
    for (const segment of segments) steps.push({ segment, kept: Boolean(coalition[segment]) });
    looks.push(steps.length);
    this.#looks.push(coalition);
  }

  finish(patch: (segment: number, kept: boolean) => Float32Array): CoalitionWalks {
    const walks = this.#walks.map(({ steps, looks }): Walk => {
      const patchOf = ({ segment, kept }: Step) => patch(segment, kept);
      return {
        units: Int32Array.from(steps, ({ segment }) => segment),
        patch: (step) => patchOf(steps[step] as Step),
        looks,
      };
    });
    return { base: this.base, walks, looks: this.#looks };
  }
}

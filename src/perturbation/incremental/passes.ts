import type { RegionFill } from '../fills.js';
import { type Grid, pasteRect, regionRect } from '../regions.js';
import { stepCount, type Trajectory } from '../trajectory.js';

/** Consecutive steps of one trajectory. */
export interface Walk {
  readonly regions: Int32Array;
  readonly repeat: number;
  /** Where the logits of its first step go, counted in states of the whole evaluation. */
  readonly state: number;
}

/** Walks that start at the same image and are computed together. */
export interface Pass {
  readonly image: Float32Array;
  readonly walks: readonly Walk[];
}

/**
 * Divides trajectories into passes of at most `limit` steps, which bounds memory. A trajectory that is longer is cut into
 * pieces, each of which starts at the image that the one before ended with. The first pass starts at the image itself, even
 * when there is no step.
 */
export function* passesOf(
  image: Float32Array,
  trajectories: readonly Trajectory[],
  fill: RegionFill,
  grid: Grid,
  limit: number,
): Generator<Pass> {
  let walks: Walk[] = [];
  let room = limit;
  let state = 1;
  for (const trajectory of trajectories) {
    const { order, repeat } = trajectory;
    const steps = stepCount(trajectory);
    if (steps <= limit) {
      if (steps > room) {
        yield { image, walks };
        walks = [];
        room = limit;
      }
      walks.push({ regions: order, repeat, state });
      room -= steps;
    } else {
      const start = image.slice();
      for (let from = 0; from < steps; from += limit) {
        const regions = order.subarray(from, from + limit);
        yield { image: from === 0 ? image : start, walks: [{ regions, repeat, state: state + from }] };
        for (const region of regions)
          pasteRect(start, grid, regionRect(grid, region), fill.patch(repeat, region));
      }
    }
    state += steps;
  }
  if (walks.length > 0 || state === 1) yield { image, walks };
}

import { pasteUnit } from '../../input/units.js';
import type { UnitFill } from '../fills.js';
import { stepCount, type Trajectory } from '../trajectory.js';

/** Consecutive steps of one trajectory. */
export interface Walk {
  readonly units: Int32Array;
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
  fill: UnitFill,
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
      walks.push({ units: order, repeat, state });
      room -= steps;
    } else {
      const start = image.slice();
      for (let from = 0; from < steps; from += limit) {
        const units = order.subarray(from, from + limit);
        yield { image: from === 0 ? image : start, walks: [{ units, repeat, state: state + from }] };
        for (const unit of units) pasteUnit(start, fill.units, unit, fill.patch(repeat, unit));
      }
    }
    state += steps;
  }
  if (walks.length > 0 || state === 1) yield { image, walks };
}

import type { Walk } from '../incremental/inference.js';
import { pasteUnit } from '../input/units.js';
import type { UnitFill } from './fills.js';
import { stepCount, type Trajectory, unitsAfter } from './trajectory.js';

/** Consecutive steps of one trajectory, one unit each. */
export interface TrajectoryWalk extends Walk {
  readonly repeat: number;
  /** Where the logits of its first look go, counted in states of the whole evaluation. */
  readonly state: number;
}

/** Walks that start at the same image and are computed together. */
export interface Pass {
  readonly image: Float32Array;
  readonly walks: readonly TrajectoryWalk[];
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
  let walks: TrajectoryWalk[] = [];
  let room = limit;
  let state = 1;
  for (const trajectory of trajectories) {
    const { order, repeat } = trajectory;
    const looks = Array.from({ length: stepCount(trajectory) }, (_, k) => unitsAfter(trajectory, k + 1));
    const steps = looks.at(-1) ?? 0;
    const walkOf = (units: Int32Array, looks: readonly number[], state: number): TrajectoryWalk => ({
      units,
      patch: (step) => fill.patch(repeat, units[step] as number),
      looks,
      repeat,
      state,
    });
    if (steps <= limit) {
      if (steps > room) {
        yield { image, walks };
        walks = [];
        room = limit;
      }
      walks.push(walkOf(order.subarray(0, steps), looks, state));
      room -= steps;
    } else {
      const start = image.slice();
      for (let from = 0; from < steps; from += limit) {
        const units = order.subarray(from, Math.min(steps, from + limit));
        const before = looks.filter((look) => look <= from).length;
        const own = looks.slice(before).map((look) => look - from);
        const walk = walkOf(
          units,
          own.filter((look) => look <= units.length),
          state + before,
        );
        yield { image: from === 0 ? image : start, walks: [walk] };
        for (const unit of units) pasteUnit(start, fill.units, unit, fill.patch(repeat, unit));
      }
    }
    state += looks.length;
  }
  if (walks.length > 0 || state === 1) yield { image, walks };
}

import { pasteUnit } from '../input/units.js';
import type { Fill } from './fills.js';

/** A way from the image to x(L): units are replaced one after the other and stay replaced. */
export interface Trajectory {
  /** Units in the order in which they are replaced. */
  readonly order: Int32Array;
  /** Which draw of the fill replaces them. */
  readonly repeat: number;
  /** Units replaced in one step; 1 by default. Pixel flipping replaces many single pixels a step. */
  readonly regionsPerStep?: number;
  /** The steps that are looked at, ascending; all by default. The others are taken on the way. */
  readonly at?: readonly number[];
}

/** Number of steps of a trajectory that are looked at, L where all are; its curve has one entry more. */
export function stepCount({ order, regionsPerStep = 1, at }: Trajectory): number {
  return at ? at.length : Math.ceil(order.length / regionsPerStep);
}

/** How many units are replaced by the k-th step that is looked at, k = 0 .. */
export function unitsAfter({ order, regionsPerStep = 1, at }: Trajectory, k: number): number {
  return Math.min(order.length, regionsPerStep * (at && k > 0 ? (at[k - 1] as number) : k));
}

/** Turns the state before the k-th step that is looked at into the one after it, in place, k = 1 .. */
export function takeStep(state: Float32Array, trajectory: Trajectory, k: number, fill: Fill): void {
  const { order, repeat } = trajectory;
  const end = unitsAfter(trajectory, k);
  if ('image' in fill) {
    state.set(fill.image(repeat, order.subarray(0, end)));
    return;
  }
  for (const unit of order.subarray(unitsAfter(trajectory, k - 1), end)) {
    pasteUnit(state, fill.units, unit, fill.patch(repeat, unit));
  }
}

/**
 * Cuts the logits of all distinct states, x(0) first and then every trajectory's steps, into one curve a trajectory:
 * (steps + 1) x classes, each beginning with x(0).
 */
export function splitCurves(
  logits: Float32Array,
  trajectories: readonly Trajectory[],
  classes: number,
): Float32Array[] {
  let from = classes;
  return trajectories.map((trajectory) => {
    const length = stepCount(trajectory) * classes;
    const curve = new Float32Array(classes + length);
    curve.set(logits.subarray(0, classes));
    curve.set(logits.subarray(from, from + length), classes);
    from += length;
    return curve;
  });
}

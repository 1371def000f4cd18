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
}

/** Number of steps L of a trajectory; its curve has L + 1 entries. */
export function stepCount({ order, regionsPerStep = 1 }: Trajectory): number {
  return Math.ceil(order.length / regionsPerStep);
}

/** Turns x(k-1) into x(k), in place, for step k of 1 .. L. */
export function takeStep(state: Float32Array, trajectory: Trajectory, step: number, fill: Fill): void {
  const { order, repeat, regionsPerStep = 1 } = trajectory;
  const end = step * regionsPerStep;
  if ('image' in fill) {
    state.set(fill.image(repeat, order.subarray(0, end)));
    return;
  }
  for (const unit of order.subarray(end - regionsPerStep, end)) {
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

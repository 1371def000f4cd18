import type { Fill } from './fills.js';
import { type Grid, type Rect, regionRect } from './regions.js';

/** A way from the image to x(L): regions are replaced one after the other and stay replaced. */
export interface Trajectory {
  /** Regions in the order in which they are replaced. */
  readonly order: Int32Array;
  /** Which draw of the fill replaces them. */
  readonly repeat: number;
  /** Regions replaced in one step; 1 by default. Pixel flipping replaces many single pixels a step. */
  readonly regionsPerStep?: number;
}

/** What one step writes over the image: channels x rect.height x rect.width values. */
export interface Change {
  readonly rect: Rect;
  readonly patch: Float32Array;
}

/** Number of steps L of a trajectory; its curve has L + 1 entries. */
export function stepCount({ order, regionsPerStep = 1 }: Trajectory): number {
  return Math.ceil(order.length / regionsPerStep);
}

/** The regions that step k (1 .. L) replaces. */
export function regionsOfStep({ order, regionsPerStep = 1 }: Trajectory, step: number): Int32Array {
  return order.subarray((step - 1) * regionsPerStep, step * regionsPerStep);
}

/** What step k (1 .. L) writes over x(k-1) to make x(k). */
export function changesOfStep(trajectory: Trajectory, step: number, fill: Fill, grid: Grid): Change[] {
  const { order, repeat, regionsPerStep = 1 } = trajectory;
  if ('image' in fill) {
    const rect = { top: 0, left: 0, height: grid.height, width: grid.width };
    return [{ rect, patch: fill.image(repeat, order.subarray(0, step * regionsPerStep)) }];
  }
  return Array.from(regionsOfStep(trajectory, step), (region) => ({
    rect: regionRect(grid, region),
    patch: fill.patch(repeat, region),
  }));
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

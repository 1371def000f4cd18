import type { Fill } from './fills.js';
import type { Trajectory } from './trajectory.js';

/** Computes the logits of every state of trajectories that start at the same image. */
export interface Evaluator {
  /** For every trajectory (steps + 1) x classes logits; entry 0 is the image itself. */
  logits(image: Float32Array, trajectories: readonly Trajectory[], fill: Fill): Promise<Float32Array[]>;
  /** Frees the sessions; the evaluator cannot be used any more. */
  release(): Promise<void>;
}

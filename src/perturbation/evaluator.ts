import type { Fill } from './fills.js';
import type { Trajectory } from './trajectory.js';

/** Numbers for the other inputs of a network, by name: they are the same in every state. */
export type Beside = Readonly<Record<string, Float32Array>>;

/** Computes the logits of every state of trajectories that start at the same image. */
export interface Evaluator {
  /** For every trajectory (steps + 1) x classes logits; entry 0 is the image itself. */
  logits(
    image: Float32Array,
    trajectories: readonly Trajectory[],
    fill: Fill,
    given?: Beside,
  ): Promise<Float32Array[]>;
  /** Frees the sessions; the evaluator cannot be used any more. */
  release(): Promise<void>;
}

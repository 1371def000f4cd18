import type { Engine } from '../engine/engine.js';
import { mismatch } from '../errors.js';
import type { Graph } from '../graph/graph.js';
import { sizeOf } from '../graph/tensor.js';
import type { Fill } from './fills.js';
import { type Evaluator, fullEvaluator } from './full.js';
import type { Grid } from './regions.js';
import type { Trajectory } from './trajectory.js';

/** The part of an imported network that is perturbed. */
export interface PerturbedNetwork {
  graph: Graph;
  /** Without the batch. */
  inputShape: readonly number[];
}

export interface PerturberOptions {
  grid: Grid;
  /** Images of a batch through the whole network. */
  batch?: number;
}

const DEFAULTS = { batch: 16 };

/** Loads a network once and perturbs any number of images, one after the other. */
export async function createPerturber(
  engine: Engine,
  network: PerturbedNetwork,
  options: PerturberOptions,
): Promise<Evaluator> {
  const { grid, batch } = { ...DEFAULTS, ...options };
  const size = sizeOf(network.inputShape);
  const evaluator = await fullEvaluator(engine, network.graph, grid, batch);
  return {
    async logits(image: Float32Array, trajectories: readonly Trajectory[], fill: Fill) {
      if (image.length !== size) {
        throw mismatch({
          what: 'network input',
          where: 'perturbation',
          expected: `${size} values of shape [${network.inputShape}]`,
          got: String(image.length),
        });
      }
      return evaluator.logits(image, trajectories, fill);
    },
    release: () => evaluator.release(),
  };
}

import type { Engine } from '../engine/engine.js';
import { mismatch } from '../errors.js';
import type { Graph } from '../graph/graph.js';
import { sizeOf } from '../graph/tensor.js';
import type { Evaluator } from './evaluator.js';
import type { Fill } from './fills.js';
import { fullEvaluator } from './full.js';
import { incrementalEvaluator } from './incremental/incremental.js';
import { planIncremental } from './incremental/plan.js';
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
  inference?: 'full' | 'incremental';
  /** Bytes that the patches of steps in flight may take. */
  memory?: number;
}

const DEFAULTS = { batch: 16, inference: 'full', memory: 2 ** 28 } as const;

/** Loads a network once and perturbs any number of images, one after the other. */
export async function createPerturber(
  engine: Engine,
  network: PerturbedNetwork,
  options: PerturberOptions,
): Promise<Evaluator> {
  const { grid, batch, inference, memory } = { ...DEFAULTS, ...options };
  const size = sizeOf(network.inputShape);
  const plan = planIncremental(network.graph, grid);
  const evaluator =
    inference === 'incremental'
      ? await incrementalEvaluator(engine, plan, grid, { batch, memory })
      : await fullEvaluator(engine, network.graph, grid, batch);
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

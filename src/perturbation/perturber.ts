import type { Engine } from '../engine/engine.js';
import { mismatch } from '../errors.js';
import { type Graph, layersOf, type Node } from '../graph/graph.js';
import { sizeOf } from '../graph/tensor.js';
import { type Inference, isWorthwhile, planFor, speedup } from '../incremental/choice.js';
import type { IncrementalPlan } from '../incremental/plan.js';
import type { Units } from '../input/units.js';
import type { Beside, Evaluator } from './evaluator.js';
import type { Fill } from './fills.js';
import { fullEvaluator } from './full.js';
import { incrementalEvaluator } from './incremental.js';
import { stepCount, type Trajectory, unitsAfter } from './trajectory.js';

/** What is perturbed of an imported network. */
export interface PerturbedNetwork {
  readonly graph: Graph;
  /** Without the batch. */
  readonly inputShape: readonly number[];
}

export interface PerturberOptions {
  /** The units that images have in common; without them, or with other ones, states are computed in full. */
  units?: Units;
  /** States that go through the network at a time; 16. What incremental inference computes as a whole may take more. */
  batch?: number;
  /**
   * Default `auto`. Units that are no rectangles, fills of whole images and networks of several inputs are computed in full.
   */
  inference?: Inference;
  /** Bytes that what changed may take at a time; 64 MiB. One step is always computed, however large. */
  memory?: number;
}

export interface Perturber extends Evaluator {
  readonly plan: PerturberPlan;
}

/** How the states are computed. */
export interface PerturberPlan {
  readonly inference: 'full' | 'incremental';
  /** Expected time of full over incremental inference, where every unit's state is looked at; 1 where nothing can be saved. */
  readonly estimatedSpeedup: number;
  /** Operators that are computed only where something changed, those of a segment together; by name. */
  readonly segments: readonly (readonly string[])[];
  /** Operators that are computed as a whole. */
  readonly whole: readonly string[];
}

const DEFAULTS = { batch: 16, inference: 'auto' } as const;

/**
 * Loads a network when it is first needed, to perturb any number of images, one after the other. All trajectories of an image
 * share its batches and its unperturbed state: pass those of all methods, orders and repeats at once. How many units are
 * replaced between two states that are looked at decides which part of the network is computed only where something changed;
 * a part of another size is another set of sessions.
 */
export async function createPerturber(
  engine: Engine,
  network: PerturbedNetwork,
  options: PerturberOptions,
): Promise<Perturber> {
  const { units, batch, inference, ...bounded } = { ...DEFAULTS, ...options };
  const size = sizeOf(network.inputShape);
  const worthwhile = (plan?: IncrementalPlan) => (plan && isWorthwhile(plan, inference) ? plan : undefined);
  const plans = new Map<number, IncrementalPlan | undefined>();
  const planOf = (unitsPerState: number) => {
    if (!plans.has(unitsPerState))
      plans.set(unitsPerState, units && planFor(network, units, [unitsPerState]));
    return plans.get(unitsPerState);
  };

  /** By how many segments are computed where something changed. */
  const loaded = new Map<number, Evaluator>();
  const evaluator = async (plan: IncrementalPlan | undefined) => {
    const cut = plan?.segments.length ?? 0;
    const found =
      loaded.get(cut) ??
      (await (plan
        ? incrementalEvaluator(engine, plan, { batch, ...bounded })
        : fullEvaluator(engine, network.graph, batch)));
    loaded.set(cut, found);
    return found;
  };

  return {
    plan: describe(network.graph, planOf(1), worthwhile(planOf(1))),
    async logits(image: Float32Array, trajectories: readonly Trajectory[], fill: Fill, given?: Beside) {
      if (image.length !== size) {
        throw mismatch({
          what: 'network input',
          where: 'perturbation',
          expected: `${size} values of shape [${network.inputShape}]`,
          got: String(image.length),
        });
      }
      const local = 'patch' in fill && fill.units === units;
      const fitting = local ? worthwhile(planOf(unitsPerState(trajectories))) : undefined;
      return (await evaluator(fitting)).logits(image, trajectories, fill, given);
    },
    async release() {
      for (const each of loaded.values()) await each.release();
    },
  };
}

/** Units that are replaced between two states that are looked at, on average. */
function unitsPerState(trajectories: readonly Trajectory[]): number {
  const states = trajectories.map(stepCount);
  const units = trajectories.map((trajectory, i) => unitsAfter(trajectory, states[i] as number));
  const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0);
  return Math.max(1, Math.round(total(units) / Math.max(1, total(states))));
}

function describe(
  graph: Graph,
  plan: IncrementalPlan | undefined,
  incremental: IncrementalPlan | undefined,
): PerturberPlan {
  const names = (nodes: readonly Node[]) => layersOf(nodes).map(({ name }) => name);
  return {
    inference: incremental ? 'incremental' : 'full',
    estimatedSpeedup: plan ? speedup(plan) : 1,
    segments: incremental?.segments.map(({ nodes }) => names(nodes)) ?? [],
    whole: names((incremental?.tail ?? graph).nodes),
  };
}

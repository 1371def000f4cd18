import type { Engine } from '../engine/engine.js';
import { mismatch } from '../errors.js';
import { type Graph, layersOf, type Node } from '../graph/graph.js';
import { sizeOf } from '../graph/tensor.js';
import { layoutOf } from '../input/layout.js';
import type { Units } from '../input/units.js';
import type { Beside, Evaluator } from './evaluator.js';
import type { Fill } from './fills.js';
import { fullEvaluator } from './full.js';
import { incrementalEvaluator } from './incremental/incremental.js';
import { type IncrementalPlan, planIncremental } from './incremental/plan.js';
import { spansOf } from './incremental/spans.js';
import { lookedAt, stepCount, type Trajectory } from './trajectory.js';

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
   * `auto` (the default) computes only what changed where that should save enough, `incremental` where it should save
   * anything, `full` nowhere. Units that are no rectangles, steps of several units, fills of whole images and
   * networks of several inputs are computed in full.
   */
  inference?: 'auto' | 'full' | 'incremental';
  /** Bytes that what changed may take at a time; 64 MiB. One step is always computed, however large. */
  memory?: number;
}

export interface Perturber extends Evaluator {
  readonly plan: PerturberPlan;
}

/** How the states are computed. */
export interface PerturberPlan {
  readonly inference: 'full' | 'incremental';
  /** Expected time of full over incremental inference, for one unit a step; 1 where nothing can be saved. */
  readonly estimatedSpeedup: number;
  /** Operators that are computed only where something changed, those of a segment together; by name. */
  readonly segments: readonly (readonly string[])[];
  /** Operators that are computed as a whole. */
  readonly whole: readonly string[];
}

const DEFAULTS = { batch: 16, inference: 'auto', memory: 2 ** 26 } as const;

/** Below this, incremental inference is not worth its memory. */
const LEAST_SPEEDUP = 1.1;

/**
 * Loads a network once, to perturb any number of images, one after the other. All trajectories of an image share its
 * batches and its unperturbed state: pass those of all methods, orders and repeats at once.
 */
export async function createPerturber(
  engine: Engine,
  network: PerturbedNetwork,
  options: PerturberOptions,
): Promise<Perturber> {
  const { units, batch, inference, memory } = { ...DEFAULTS, ...options };
  const size = sizeOf(network.inputShape);
  const several = network.graph.inputs.length > 1;
  const spans = units && !several ? spansOf(units, layoutOf(network.inputShape)) : undefined;
  const plan = spans && planIncremental(network.graph, spans);
  const least = { auto: LEAST_SPEEDUP, full: Number.POSITIVE_INFINITY, incremental: 0 }[inference];
  const incremental = plan && plan.segments.length > 0 && speedup(plan) >= least ? plan : undefined;

  const load = {
    full: () => fullEvaluator(engine, network.graph, batch),
    incremental: () => incrementalEvaluator(engine, incremental as IncrementalPlan, { batch, memory }),
  };
  const loaded = new Map<keyof typeof load, Evaluator>();
  const evaluator = async (kind: keyof typeof load) => {
    const found = loaded.get(kind) ?? (await load[kind]());
    loaded.set(kind, found);
    return found;
  };
  await evaluator(incremental ? 'incremental' : 'full');

  return {
    plan: describe(network.graph, plan, incremental),
    async logits(image: Float32Array, trajectories: readonly Trajectory[], fill: Fill, given?: Beside) {
      if (image.length !== size) {
        throw mismatch({
          what: 'network input',
          where: 'perturbation',
          expected: `${size} values of shape [${network.inputShape}]`,
          got: String(image.length),
        });
      }
      const single = trajectories.every(({ regionsPerStep = 1 }) => regionsPerStep === 1);
      const local = 'patch' in fill && fill.units === units && single;
      if (!incremental || !local || savesLess(incremental, trajectories)) {
        return (await evaluator('full')).logits(image, trajectories, fill, given);
      }
      const everyStep = trajectories.map(({ order, repeat }) => ({ order, repeat }));
      const curves = await (await evaluator('incremental')).logits(image, everyStep, fill);
      return curves.map((curve, i) => {
        const trajectory = trajectories[i] as Trajectory;
        return lookedAt(curve, trajectory, curve.length / (trajectory.order.length + 1));
      });
    },
    async release() {
      for (const each of loaded.values()) await each.release();
    },
  };
}

/** Whether so few steps are looked at that whole passes for them cost less than every step where something changes. */
function savesLess(plan: IncrementalPlan, trajectories: readonly Trajectory[]): boolean {
  if (trajectories.every(({ at }) => !at)) return false;
  const whole = trajectories.reduce((sum, trajectory) => sum + stepCount(trajectory), 0);
  const steps = trajectories.reduce((sum, { order }) => sum + order.length, 0);
  return whole < steps / speedup(plan);
}

function speedup({ cost }: IncrementalPlan): number {
  return cost.full / cost.incremental;
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

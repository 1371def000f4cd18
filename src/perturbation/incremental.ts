import type { Engine } from '../engine/engine.js';
import { IncrementalInference, type IncrementalOptions } from '../incremental/inference.js';
import type { Walk } from '../incremental/passes.js';
import type { IncrementalPlan } from '../incremental/plan.js';
import type { Evaluator } from './evaluator.js';
import type { UnitFill } from './fills.js';
import { splitCurves, stepCount, type Trajectory, unitsAfter } from './trajectory.js';

/** Computes the states of trajectories where they change. */
export async function incrementalEvaluator(
  engine: Engine,
  plan: IncrementalPlan,
  options: IncrementalOptions,
): Promise<Evaluator> {
  const inference = await IncrementalInference.load(engine, plan, options);
  return {
    async logits(image, trajectories, fill) {
      if ('image' in fill) throw new Error('incremental inference takes a fill by unit');
      const { classes } = inference;
      const states = trajectories.reduce((sum, trajectory) => sum + stepCount(trajectory), 1);
      const logits = new Float32Array(states * classes);
      const walks = trajectories.map((trajectory) => walkOf(trajectory, fill));
      logits.set(await inference.run(image, walks, (own, look) => logits.set(own, (1 + look) * classes)));
      return splitCurves(logits, trajectories, classes);
    },
    release: () => inference.release(),
  };
}

function walkOf(trajectory: Trajectory, fill: UnitFill): Walk {
  const { order, repeat } = trajectory;
  const looks = Array.from({ length: stepCount(trajectory) }, (_, k) => unitsAfter(trajectory, k + 1));
  const units = order.subarray(0, looks.at(-1) ?? 0);
  return { units, patch: (step) => fill.patch(repeat, units[step] as number), looks };
}

import type { Engine } from '../engine/engine.js';
import { type Base, IncrementalInference, type IncrementalOptions } from '../incremental/inference.js';
import type { IncrementalPlan } from '../incremental/plan.js';
import type { Evaluator } from './evaluator.js';
import { passesOf } from './passes.js';
import { splitCurves, stepCount } from './trajectory.js';

/** Computes the states of trajectories where they change: each trajectory is a walk. The base image is computed once. */
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
      let base: Base | undefined;
      for (const pass of passesOf(image, trajectories, fill, inference.limit)) {
        const start = pass.image === image && base ? base : await inference.base(pass.image);
        base ??= start;
        const rows = await inference.logits(start, pass.walks);
        let from = 0;
        for (const { looks, state } of pass.walks) {
          logits.set(rows.subarray(from, from + looks.length * classes), state * classes);
          from += looks.length * classes;
        }
        if (start === base) logits.set(rows.subarray(from));
        else inference.giveBack(start);
      }
      if (base) inference.giveBack(base);
      return splitCurves(logits, trajectories, classes);
    },
    release: () => inference.release(),
  };
}

import type { Engine } from '../../src/engine/engine.js';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { UnitEvaluator } from '../../src/evaluation/evaluator.js';
import type { UnitResult } from '../../src/evaluation/unit.js';
import { loadExperiment } from '../../src/experiment/config.js';
import { openExperiment } from '../../src/experiment/open.js';
import { type Collection, collect } from '../../src/results/collect.js';
import { evaluateJobs, planRun } from '../../src/run/plan.js';

/** Evaluates every unit of an experiment as a worker does, in this process, and reads the results into rows. */
export function evaluateAll(path: string, engine: Engine = onnxruntime): Promise<Collection> {
  return collect(evaluateUnits(path, engine));
}

/** Every unit of an experiment, evaluated as a worker does. */
export async function* evaluateUnits(path: string, engine: Engine = onnxruntime): AsyncGenerator<UnitResult> {
  const experiment = { ...(await loadExperiment(path)), heatmaps: 0 };
  const plan = await planRun(await openExperiment(experiment), '');
  const evaluator = new UnitEvaluator(plan, engine);
  const jobs = evaluateJobs(
    plan,
    plan.dataset.samples.map(({ id }) => id),
  );
  for (const job of jobs) yield await evaluator.evaluate(job, evaluator.prepare(job));
  await evaluator.release();
}

import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { UnitEvaluator } from '../../src/evaluation/evaluator.js';
import type { UnitResult } from '../../src/evaluation/unit.js';
import { loadExperiment } from '../../src/experiment/config.js';
import { openExperiment } from '../../src/experiment/open.js';
import { type Collection, collect } from '../../src/results/collect.js';
import { evaluateJobs, planRun } from '../../src/run/plan.js';

/** Evaluates every unit of an experiment as a worker does, in this process, and reads the results into rows. */
export async function evaluateAll(path: string, engine = onnxruntime): Promise<Collection> {
  const experiment = { ...(await loadExperiment(path)), heatmaps: 0 };
  const plan = await planRun(await openExperiment(experiment), '');
  const evaluator = new UnitEvaluator(plan, engine);
  const jobs = evaluateJobs(
    plan,
    plan.dataset.samples.map(({ id }) => id),
  );
  async function* units(): AsyncGenerator<UnitResult> {
    for (const job of jobs) yield await evaluator.evaluate(job, evaluator.prepare(job));
    await evaluator.release();
  }
  return collect(units());
}

import { openDataset } from '../../src/datasets/open.js';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { UnitEvaluator } from '../../src/evaluation/evaluator.js';
import { meanInputs } from '../../src/evaluation/mean-input.js';
import type { UnitResult } from '../../src/evaluation/unit.js';
import { checkExperiment } from '../../src/experiment/check.js';
import { loadExperiment } from '../../src/experiment/config.js';
import { loadModel } from '../../src/experiment/model.js';
import { type Collection, collect } from '../../src/results/collect.js';
import { planTasks } from '../../src/run/plan.js';

/** Evaluates every unit of an experiment as a worker does, in this process, and reads the results into rows. */
export function evaluateAll(path: string, engine = onnxruntime): Promise<Collection> {
  return collect(evaluateUnits(path, engine));
}

/** Every unit of an experiment, evaluated as a worker does. */
export async function* evaluateUnits(path: string, engine = onnxruntime): AsyncGenerator<UnitResult> {
  const experiment = await loadExperiment(path);
  const dataset = await openDataset(experiment.dataset);
  const models = await Promise.all(experiment.networks.map(loadModel));
  checkExperiment(experiment, models, dataset);
  const { samples } = dataset;
  const plan = {
    experiment,
    models,
    samples,
    meanInputs: await meanInputs(experiment, models, samples),
    heatmaps: '',
  };
  const evaluator = new UnitEvaluator(plan, dataset, engine);
  const tasks = planTasks(
    { ...experiment, heatmaps: 0 },
    models,
    samples,
    samples.map(({ id }) => id),
  );
  for (const task of tasks) yield await evaluator.evaluate(task, evaluator.prepare(task));
  await evaluator.release();
}

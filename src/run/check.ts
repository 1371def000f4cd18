import type { Dataset } from '../datasets/dataset.js';
import { InputError, mismatch } from '../errors.js';
import { spatialOf } from '../explain/heatmap.js';
import { resolveMethod } from '../explain/methods.js';
import { regionGrid } from '../perturbation/regions.js';
import type { Experiment } from './config.js';
import type { Model } from './model.js';

/**
 * Refuses an experiment whose parts do not fit together, before any work is done.
 *
 * @throws InputError for an unknown method, more steps than regions, images without preprocessing, or classes that the
 *   network's outputs do not match
 */
export function checkExperiment(experiment: Experiment, models: readonly Model[], dataset: Dataset): void {
  const { methods, perturbation, boxes, scoring, composites } = experiment;
  for (const [i, method] of methods.entries()) {
    resolveMethod(method, composites);
    if (methods.indexOf(method) !== i) throw new InputError(`methods: '${method}' stands there twice`);
  }
  if (dataset.samples.length === 0) throw new InputError(`data set (${dataset.root}): no images`);
  for (const model of models) {
    if (perturbation) checkSteps(model, perturbation);
    const needsClasses = boxes || perturbation?.target === 'true' || experiment.dataset.select === 'correct';
    if (needsClasses && !scoring) checkClasses(model, dataset);
  }
}

function checkSteps({ name, network }: Model, { region, steps }: { region: number; steps: number }): void {
  const { count } = regionGrid(spatialOf(network), region);
  if (steps <= count) return;
  throw mismatch({
    what: 'perturbation.steps',
    where: `network ${name}`,
    expected: `at most ${count} regions of ${region}`,
    got: String(steps),
  });
}

function checkClasses({ name, network }: Model, { classes, root }: Dataset): void {
  if (classes.length === network.classes) return;
  throw mismatch({
    what: 'classes of the data set',
    where: root,
    expected: `the ${network.classes} outputs of ${name}, in order (or a class map under 'scoring')`,
    got: `${classes.length} classes`,
  });
}

import type { Dataset } from '../datasets/dataset.js';
import { InputError, mismatch } from '../errors.js';
import { resolveMethod } from '../explain/methods.js';
import { divisionOf } from '../input/kinds.js';
import { layoutOf } from '../input/layout.js';
import type { Experiment, PerturbationConfig } from './config.js';
import type { Model } from './model.js';

/**
 * Refuses an experiment whose parts do not fit together, before any work is done.
 *
 * @throws InputError for an unknown method, more steps than regions, images without preprocessing, or classes that the
 *   network's outputs do not match
 */
export function checkExperiment(experiment: Experiment, models: readonly Model[], dataset: Dataset): void {
  const { methods, perturbation, robustness, boxes, scoring, composites } = experiment;
  for (const [i, method] of methods.entries()) {
    resolveMethod(method, composites);
    if (methods.indexOf(method) !== i) throw new InputError(`methods: '${method}' stands there twice`);
  }
  if (dataset.samples.length === 0) throw new InputError(`data set (${dataset.root}): no images`);
  if (robustness && robustness.removals > 0 && !perturbation) {
    throw new InputError("robustness.removals: expected 'perturbation' (its regions and fill), got none");
  }
  for (const model of models) {
    if (perturbation) checkSteps(model, perturbation);
    const needsClasses = boxes || perturbation?.target === 'true' || experiment.dataset.select === 'correct';
    if (needsClasses && !scoring) checkClasses(model, dataset);
  }
}

/** @throws InputError when a network's input has fewer regions than are to be replaced */
export function checkSteps(
  { name, network }: Pick<Model, 'name' | 'network'>,
  perturbation: PerturbationConfig,
): void {
  const { region, steps, regionsPerStep, bounds } = perturbation;
  const { count } = divisionOf(region).units(layoutOf(network.inputShape));
  const most = Math.ceil(count / regionsPerStep);
  if (steps > most) {
    throw mismatch({
      what: 'perturbation.steps',
      where: `network ${name}`,
      expected: `at most ${most}: ${count} regions of ${region}, ${regionsPerStep} a step`,
      got: String(steps),
    });
  }
  if (bounds !== undefined && regionsPerStep > 1) {
    throw new InputError(`perturbation.bounds: expected regionsPerStep 1, got ${regionsPerStep}`);
  }
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

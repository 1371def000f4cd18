import type { Dataset } from '../datasets/dataset.js';
import { InputError, mismatch } from '../errors.js';
import { askedOf } from '../evaluation/families/asked.js';
import { familiesOf } from '../evaluation/families/of-experiment.js';
import { resolveMethod } from '../explain/methods.js';
import { fileName } from '../files/file-name.js';
import type { Experiment } from './config.js';
import type { Model } from './model.js';

/**
 * Refuses an experiment whose parts do not fit together, before any work is done.
 *
 * @throws InputError for an unknown method, images without preprocessing, classes that the network's outputs do not
 *   match, or what a family of measurements finds (more steps than regions)
 */
export function checkExperiment(experiment: Experiment, models: readonly Model[], dataset: Dataset): void {
  const { methods, scoring, composites } = experiment;
  for (const [i, method] of methods.entries()) {
    resolveMethod(method, composites);
    if (methods.indexOf(method) !== i) throw new InputError(`methods: '${method}' stands there twice`);
  }
  checkMethodFiles(methods);
  if (dataset.samples.length === 0) throw new InputError(`data set (${dataset.root}): no images`);
  const families = familiesOf(experiment);
  for (const { family, config } of families) family.check?.(config, models, askedOf(experiment));
  const needsClasses =
    experiment.dataset.select === 'correct' ||
    families.some(({ family, config }) => family.needsClasses?.(config));
  if (!needsClasses || scoring) return;
  for (const model of models) checkClasses(model, dataset);
}

/** Whether every method has files of its own beside those of an image, `.input` and `.image`. */
function checkMethodFiles(methods: readonly string[]): void {
  const taken = new Set(['input', 'image']);
  for (const file of methods.map(fileName)) taken.add(`${file}.image`);
  const twice = methods.find((method) => taken.has(fileName(method)));
  if (twice !== undefined) {
    throw new InputError(
      `methods: '${twice}': expected another name, since other files of the results have this one`,
    );
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

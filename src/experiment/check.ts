import { outputsOfClasses } from '../datasets/classes.js';
import { type Dataset, whyEmpty } from '../datasets/dataset.js';
import { InputError, mismatch } from '../errors.js';
import { askedOf } from '../evaluation/families/asked.js';
import { familiesOf } from '../evaluation/families/of-experiment.js';
import { resolveMethod } from '../explain/methods.js';
import { refuseUnmatched } from '../explain/unmatched.js';
import { fileName } from '../files/file-name.js';
import { checkLimit } from '../files/limits.js';
import type { Experiment } from './config.js';
import { checkWords, type Model, refuseWords } from './model.js';
import { classesOf } from './network-classes.js';
import { checkStop } from './stop.js';

/**
 * Refuses an experiment whose parts do not fit together, before any work is done.
 *
 * @throws InputError for an unknown method, images without preprocessing, networks of words, classes that the network's
 *   outputs do not match, resamples beyond memory, or what a family of measurements finds (more steps than regions)
 */
export function checkExperiment(experiment: Experiment, models: readonly Model[], dataset: Dataset): void {
  const { methods, scoring, composites, statistics } = experiment;
  for (const [i, method] of methods.entries()) {
    resolveMethod(method, composites);
    if (methods.indexOf(method) !== i) throw new InputError(`methods: '${method}' stands there twice`);
  }
  checkMethodFiles(methods);
  refuseUnmatched(
    methods,
    composites,
    models.map(({ name, network: { graph } }) => ({ name, graph })),
  );
  if (dataset.samples.length === 0) throw new InputError(`data set (${dataset.root}): ${whyEmpty(dataset)}`);
  checkLimit('draws', statistics.resamples * dataset.samples.length, 'statistics.resamples');
  for (const model of models) {
    if (model.network.layout.text) checkWords(model);
    else refuseWords(model);
  }
  refuseSingleOutputs(experiment, models);
  const families = familiesOf(experiment);
  for (const { family, config } of families) family.check?.(config, models, askedOf(experiment));
  checkStop(experiment, experiment.dataset.select === 'all' ? dataset.samples.length : undefined);
  const needsClasses =
    experiment.dataset.select !== 'all' ||
    families.some(({ family, config }) => family.needsClasses?.(config));
  if (!needsClasses || scoring) return;
  for (const model of models) {
    const problem = unmatchedClasses(model, dataset);
    if (problem) throw problem;
  }
}

/** Refuses what needs several outputs where a network has one, as those of a regression do. */
function refuseSingleOutputs({ perturbation, scoring, dataset }: Experiment, models: readonly Model[]): void {
  const one = models.find(({ network }) => network.classes === 1);
  if (!one) return;
  const refused = (what: string, expected: string, got: string) =>
    mismatch({ what, where: `network ${one.name}, which has one output`, expected, got });
  if (perturbation?.output === 'softmax')
    throw refused('perturbation.output', 'logit', 'softmax, which is always 1');
  if (scoring?.group === 'sum-of-probabilities')
    throw refused('scoring.group', 'strongest', 'sum-of-probabilities, which is always 1');
  if (dataset.select !== 'all')
    throw refused('dataset.select', 'all', `${dataset.select}, though it cannot be right or wrong`);
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

/** Why it cannot be told which outputs of a network the classes of a data set are; undefined when it can. */
export function unmatchedClasses(model: Model, dataset: Dataset): InputError | undefined {
  const found = outputsOfClasses(dataset, classesOf(model));
  const got = typeof found === 'string' ? found : unusableLabels(model, dataset);
  if (got === undefined) return undefined;
  return mismatch({
    what: 'classes of the data set',
    where: dataset.root,
    expected: `the ${model.network.classes} outputs of ${model.name}, by name or in order (or a class map under 'scoring')`,
    got,
  });
}

/** What is wrong with labels that are but indices of outputs. */
function unusableLabels({ network }: Model, { classes, samples }: Dataset): string | undefined {
  if (classes.length > 0) return undefined;
  const labels = samples.flatMap((sample) => sample.labels);
  if (labels.length === 0) return '0 classes';
  const beyond = labels.find((label) => label >= network.classes);
  return beyond === undefined ? undefined : `label ${beyond}`;
}

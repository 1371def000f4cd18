import { preview } from '../datasets/classes.js';
import { leftOutNotes } from '../datasets/dataset.js';
import { messageOf } from '../errors.js';
import { unmatchedClasses } from './check.js';
import type { OpenExperiment } from './open.js';

/** What a user should know of an experiment before it is run: what its data set leaves out, what cannot be measured. */
export function notesOf({ experiment: { scoring }, models, dataset }: OpenExperiment): string[] {
  const { unlabelled, samples } = dataset;
  const labelled = samples.some(({ labels }) => labels.length > 0);
  const problems = models.flatMap((model) =>
    scoring || !labelled ? [] : (unmatchedClasses(model, dataset) ?? []),
  );
  return [
    ...leftOutNotes(dataset),
    ...(unlabelled.length > 0 ? [`${unlabelled.length} without label: ${preview(unlabelled)}`] : []),
    ...problems.map((problem) => `accuracy is not measured: ${messageOf(problem)}`),
  ];
}

import { preview } from '../datasets/classes.js';
import { type Dataset, leftOutNotes } from '../datasets/dataset.js';
import { messageOf } from '../errors.js';
import { unmatchedClasses } from './check.js';
import type { Model } from './model.js';
import type { OpenExperiment } from './open.js';

/** What a user should know of an experiment before it is run: what its data set leaves out, what cannot be measured. */
export function notesOf({
  experiment: { scoring },
  models,
  dataset,
  heatmapFolders,
}: OpenExperiment): string[] {
  const { unlabelled, samples } = dataset;
  const labelled = samples.some(({ labels }) => labels.length > 0);
  const problems = models.flatMap((model) =>
    scoring || !labelled ? [] : (unmatchedClasses(model, dataset) ?? []),
  );
  return [
    ...leftOutNotes(dataset),
    ...models.flatMap((model) => cutNotes(model, dataset)),
    ...(unlabelled.length > 0 ? [`${unlabelled.length} without label: ${preview(unlabelled)}`] : []),
    ...heatmapFolders
      .filter(({ missing }) => missing.length > 0)
      .map(
        ({ method, missing }) =>
          `${method} has no heatmap of ${missing.length} of ${samples.length} images and is left out there: ${preview(missing)}`,
      ),
    ...problems.map((problem) => `accuracy is not measured: ${messageOf(problem)}`),
  ];
}

/** How many documents are longer than what a network reads of them. */
function cutNotes({ name, network: { layout, embeddings } }: Model, { samples }: Dataset): string[] {
  if (!layout.text || !embeddings) return [];
  const { columns } = layout;
  const cut = samples.filter(({ text }) => (text?.tokens?.length ?? 0) > columns).map(({ id }) => id);
  return cut.length === 0
    ? []
    : [`${name} reads ${columns} tokens; ${cut.length} documents are longer, and cut: ${preview(cut)}`];
}

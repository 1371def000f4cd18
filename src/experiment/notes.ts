import { preview } from '../datasets/classes.js';
import { type Dataset, leftOutNotes } from '../datasets/dataset.js';
import { calledOf } from '../datasets/kinds.js';
import type { Sample } from '../datasets/sample.js';
import { tokenise, type Vocabulary, vocabularyOf } from '../datasets/text/tokenise.js';
import { InputError, messageOf } from '../errors.js';
import { counted } from '../input/called.js';
import { unmatchedClasses } from './check.js';
import type { Model } from './model.js';
import type { OpenExperiment } from './open.js';

/** What a user should know of an experiment before it is run: what its data set leaves out, what cannot be measured. */
export async function notesOf({
  experiment: {
    scoring,
    dataset: { type },
  },
  models,
  dataset,
  heatmapFolders,
}: OpenExperiment): Promise<string[]> {
  const { unlabelled, samples } = dataset;
  const labelled = samples.some(({ labels }) => labels.length > 0);
  const problems = models.flatMap((model) =>
    scoring || !labelled ? [] : (whyUndecided(model, dataset) ?? []),
  );
  const cut = await Promise.all(models.map((model) => cutNotes(model, dataset)));
  return [
    ...leftOutNotes(dataset),
    ...cut.flat(),
    ...(unlabelled.length > 0 ? [`${unlabelled.length} without label: ${preview(unlabelled)}`] : []),
    ...heatmapFolders
      .filter(({ missing }) => missing.length > 0)
      .map(
        ({ method, missing }) =>
          `${method} has no heatmap of ${missing.length} of ${counted(samples.length, calledOf(type))} and is left out there: ${preview(missing)}`,
      ),
    ...problems.map((problem) => `accuracy is not measured: ${problem}`),
  ];
}

/** Why a network cannot be right or wrong about the samples; undefined where it can. */
function whyUndecided(model: Model, dataset: Dataset): string | undefined {
  if (model.network.classes === 1) return `${model.name} has one output, and is neither right nor wrong`;
  const problem = unmatchedClasses(model, dataset);
  return problem && messageOf(problem);
}

/** How many documents are longer than what a network reads of them. */
async function cutNotes(
  { name, network: { layout, embeddings }, words = {} }: Model,
  { samples }: Dataset,
): Promise<string[]> {
  if (!layout.text || !embeddings) return [];
  const vocabulary = await vocabularyOf(words);
  const cut = samples.filter((sample) => lengthOf(sample, vocabulary) > layout.columns).map(({ id }) => id);
  return cut.length === 0
    ? []
    : [
        `${name} reads ${layout.columns} tokens; ${cut.length} documents are longer, and cut: ${preview(cut)}`,
      ];
}

/** Tokens of a document; none of one that cannot be read, which the run lists. */
function lengthOf({ id, text = {} }: Sample, vocabulary: Vocabulary): number {
  try {
    return tokenise(id, text, vocabulary).tokens.length;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return 0;
  }
}

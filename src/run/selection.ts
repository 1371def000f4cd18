import { existsSync } from 'node:fs';
import { digestOf, hashSamples } from '../datasets/contents.js';
import type { Dataset } from '../datasets/dataset.js';
import type { Sample } from '../datasets/sample.js';
import { mismatch } from '../errors.js';
import type { OpenExperiment } from '../experiment/open.js';
import type { ResultsDirectory } from '../results/directory.js';
import type { Selection } from '../results/selection.js';
import type { Watch } from './watch.js';
import type { Workers } from './workers.js';

/**
 * Chooses the samples of a run: all that were drawn or, with `select: correct`, the first `limit` of them that the first
 * network classifies correctly. The choice is kept in selection.json, so that resuming does not classify again,
 * with what the images hold.
 * Returns undefined when the signal ended it early.
 */
export async function selectSamples(
  directory: ResultsDirectory,
  { experiment, dataset }: OpenExperiment,
  workers: Workers,
  watch: Watch,
): Promise<Selection | undefined> {
  const { samples, broken, missing } = dataset;
  if (existsSync(directory.selection)) return unchanged(await directory.readSelection(), dataset);
  const { select, limit = samples.length } = experiment.dataset;
  const chosen = select === 'all' ? everything(samples) : await selectCorrect(samples, limit, workers, watch);
  if (!chosen) return undefined;
  const unreadable = [
    ...broken.map(({ id, message }) => ({ image: id, reason: message })),
    ...chosen.unreadable,
  ];
  const content = contentOf(chosen.images, dataset);
  const selection = { ...chosen, unreadable, missing: missing.length, content };
  await directory.writeSelection(selection);
  return selection;
}

/** @throws InputError when what was chosen holds something else now */
function unchanged(selection: Selection, dataset: Dataset): Selection {
  const now = contentOf(selection.images, dataset);
  if (now === selection.content) return selection;
  throw mismatch({
    what: 'cannot resume',
    where: dataset.root,
    expected: `the images and annotations of the start (${selection.content.slice(0, 12)})`,
    got: `changed ones (${now.slice(0, 12)})`,
  });
}

function contentOf(images: readonly string[], { samples }: Dataset): string {
  const chosen = new Set(images);
  return hashSamples(
    samples.filter(({ id }) => chosen.has(id)),
    digestOf,
  );
}

type Choice = Omit<Selection, 'missing' | 'content'>;

function everything(samples: readonly Sample[]): Choice {
  return { images: samples.map(({ id }) => id), misclassified: [], unreadable: [] };
}

async function selectCorrect(
  samples: readonly Sample[],
  limit: number,
  workers: Workers,
  { signal, onProgress }: Watch,
): Promise<Choice | undefined> {
  const verdicts = new Map<number, boolean | string>();
  const enough = new AbortController();
  let correct = 0;
  const jobs = samples.map((_, sample) => ({ kind: 'classify', network: 0, sample }) as const);
  for await (const outcome of workers.run(jobs, AbortSignal.any([signal, enough.signal]))) {
    const verdict = 'error' in outcome ? outcome.error : outcome.result;
    verdicts.set(outcome.job.sample, verdict);
    if (verdict !== true) continue;
    onProgress('select', ++correct, limit);
    if (correct === limit) enough.abort();
  }
  if (signal.aborted) return undefined;
  return firstCorrect(samples, limit, verdicts);
}

/** Jobs start in order but end in any: only samples up to the limit-th correct one count, whatever was tried beyond. */
function firstCorrect(
  samples: readonly Sample[],
  limit: number,
  verdicts: ReadonlyMap<number, boolean | string>,
): Choice {
  const images: string[] = [];
  const misclassified: string[] = [];
  const unreadable: { image: string; reason: string }[] = [];
  for (const [index, { id }] of samples.entries()) {
    if (images.length === limit) break;
    const verdict = verdicts.get(index);
    if (verdict === true) images.push(id);
    else if (verdict === false) misclassified.push(id);
    else if (verdict !== undefined) unreadable.push({ image: id, reason: verdict });
  }
  return { images: images.sort(), misclassified, unreadable };
}

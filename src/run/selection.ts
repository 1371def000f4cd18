import { existsSync } from 'node:fs';
import { preview } from '../datasets/classes.js';
import { digestOf, hashSamples } from '../datasets/contents.js';
import { type Dataset, inDrawingOrder } from '../datasets/dataset.js';
import type { Sample } from '../datasets/sample.js';
import { mismatch } from '../errors.js';
import { unitKey } from '../evaluation/unit.js';
import type { Experiment } from '../experiment/config.js';
import type { OpenExperiment } from '../experiment/open.js';
import { checkMost } from '../experiment/stop.js';
import type { ResultsDirectory } from '../results/directory.js';
import { indexJournal } from '../results/journal.js';
import type { Selection } from '../results/selection.js';
import type { Watch } from './watch.js';
import type { Workers } from './workers.js';

/**
 * Chooses the samples of a run: all that were drawn or, with `select: correct` (or `wrong`), the first `limit` of them that the
 * first network classifies so. The choice is kept in selection.json, so that resuming does not classify again,
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
  if (existsSync(directory.selection)) return resumed(directory, experiment, dataset);
  const { select, limit = samples.length } = experiment.dataset;
  const chosen =
    select === 'all'
      ? everything(samples)
      : await selectBy(select === 'correct', samples, limit, workers, watch);
  if (!chosen) return undefined;
  const unreadable = [
    ...broken.map(({ id, message }) => ({ image: id, reason: message })),
    ...chosen.unreadable,
  ];
  const images = inOrder(chosen.images, experiment);
  const contents = contentsOf(images, dataset);
  const selection = { ...chosen, images, unreadable, missing: missing.length, contents };
  await directory.nameData(dataset.hash);
  await directory.writeSelection(selection);
  return selection;
}

/**
 * The order in which a run takes its images. One that may stop early takes them as its seed draws them, never class by
 * class: then those that it came to are a random sample of all.
 *
 * @throws InputError where there are fewer than its looks are planned for
 */
function inOrder(images: readonly string[], { stop, dataset: { seed } }: Experiment): readonly string[] {
  if (!stop) return images;
  checkMost(stop, images.length);
  const drawn = inDrawingOrder(
    images.map((id) => ({ id })),
    seed,
  );
  return drawn.slice(0, stop.most).map(({ id }) => id);
}

/**
 * The choice of the run that goes on. Images that could not be measured may have been mended since.
 *
 * @throws InputError when the data set has other images now, or one that was measured holds something else
 */
async function resumed(
  directory: ResultsDirectory,
  experiment: Experiment,
  dataset: Dataset,
): Promise<Selection> {
  const {
    networks,
    dataset: { select },
  } = experiment;
  const selection = await directory.readSelection();
  const { images } = selection;
  const known = new Set(images);
  const refused = (expected: string, got: string) =>
    mismatch({ what: 'cannot resume', where: dataset.root, expected, got });
  const drawn = inOrder(
    dataset.samples.map(({ id }) => id),
    experiment,
  );
  // Of a run that has stopped these are the first ones.
  const taken = selection.stopped ? drawn.slice(0, images.length) : drawn;
  const others = select === 'all' ? taken.filter((id) => !known.has(id)) : [];
  if (others.length > 0) throw refused(`the ${images.length} of the start`, `others: ${preview(others)}`);
  const contents = contentsOf(images, dataset);
  const changed = images.filter((_, i) => contents[i] !== selection.contents[i]);
  const { lines } = await indexJournal(directory.journal);
  const statusOf = (image: string) => networks.map(({ name }) => lines.get(unitKey(name, image))?.status);
  const measured = changed.filter((image) =>
    statusOf(image).some((status) => (status ?? 'failed') !== 'failed'),
  );
  if (measured.length > 0)
    throw refused('the files that were measured', `changed ones for ${preview(measured)}`);
  if (changed.length > 0) await directory.writeSelection({ ...selection, contents });
  await directory.nameData(dataset.hash);
  return { ...selection, contents };
}

function contentsOf(images: readonly string[], { samples }: Dataset): string[] {
  const byId = new Map(samples.map((sample) => [sample.id, sample]));
  return images.map((id) => {
    const sample = byId.get(id);
    return sample ? hashSamples([sample], digestOf).slice(0, 32) : 'gone';
  });
}

type Choice = Omit<Selection, 'missing' | 'contents'>;

function everything(samples: readonly Sample[]): Choice {
  return { images: samples.map(({ id }) => id), passedOver: [], unreadable: [] };
}

/** Those that the network is right about, or wrong. */
async function selectBy(
  wanted: boolean,
  samples: readonly Sample[],
  limit: number,
  workers: Workers,
  { signal, onProgress }: Watch,
): Promise<Choice | undefined> {
  const verdicts = new Map<number, boolean | string>();
  const enough = new AbortController();
  let found = 0;
  const jobs = samples.map((_, sample) => ({ kind: 'classify', network: 0, sample }) as const);
  for await (const outcome of workers.run(jobs, AbortSignal.any([signal, enough.signal]))) {
    const verdict = 'error' in outcome ? outcome.error : outcome.result;
    verdicts.set(outcome.job.sample, verdict);
    if (verdict !== wanted) continue;
    onProgress('select', ++found, limit);
    if (found === limit) enough.abort();
  }
  if (signal.aborted) return undefined;
  return firstOf(wanted, samples, limit, verdicts);
}

/** Jobs start in order but end in any: only samples up to the limit-th wanted one count, whatever was tried beyond. */
function firstOf(
  wanted: boolean,
  samples: readonly Sample[],
  limit: number,
  verdicts: ReadonlyMap<number, boolean | string>,
): Choice {
  const images: string[] = [];
  const passedOver: string[] = [];
  const unreadable: { image: string; reason: string }[] = [];
  for (const [index, { id }] of samples.entries()) {
    if (images.length === limit) break;
    const verdict = verdicts.get(index);
    if (verdict === wanted) images.push(id);
    else if (typeof verdict === 'boolean') passedOver.push(id);
    else if (verdict !== undefined) unreadable.push({ image: id, reason: verdict });
  }
  return { images: images.sort(), passedOver, unreadable };
}

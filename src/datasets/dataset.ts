import { createHash } from 'node:crypto';
import { relative } from 'node:path';
import { InputError, messageOf } from '../errors.js';
import { distinctNames, preview } from './classes.js';
import type { DatasetConfig } from './config.js';
import { digestOf, hashSamples, sizeOf } from './contents.js';
import type { Catalogue } from './kind.js';
import { isDirectory, type LeftOut } from './layout.js';
import type { Sample, Signals } from './sample.js';

/**
 * What a data set holds, as plain data. Every sample's file is on disk; files are opened only when boxes or pixels are asked
 * for.
 */
export interface Dataset {
  type: DatasetConfig['type'];
  root: string;
  /** Class names by class index, each once; empty where the data set has none. */
  classes: string[];
  /** What annotations and folders call each class, by class index. */
  keys: string[];
  /** Classes are folders, which nothing brings into the order of a network's outputs but their alphabet. */
  alphabetical?: true;
  /**
   * Sorted by id; with a `limit`, as many as it says, drawn by `seed`. With `select: correct` the limit counts
   * correctly classified images (`wrong`: the others), which only the caller can know: then all samples are here, in the order in which to
   * try them.
   */
  samples: Sample[];
  /** Images among those drawn whose annotation is broken, so that their labels are unknown. */
  broken: { id: string; message: string }[];
  /** Ids that the data set lists but whose image is not on disk. */
  missing: string[];
  /** Ids of images on disk to which the data set gives no label. */
  unlabelled: string[];
  /** Files and folders at its places of which it makes nothing. */
  leftOut: LeftOut[];
  /**
   * SHA-256 over the names of the classes and the ids, labels and bytes of the samples and their annotations: what is
   * measured is named by its content. With a `limit` of correct or wrong images the samples are all there are, of which only
   * sizes count: those that are used of them, the selection names by content.
   */
  hash: string;
  /** What holds for all samples, where they are signals. */
  signals?: Signals;
}

/** Draws the samples of a config from what was found and reads their labels. */
export function drawDataset(config: DatasetConfig, catalogue: Catalogue): Dataset {
  const { type, root } = config;
  const samples: Sample[] = [];
  const broken: Dataset['broken'] = [];
  for (const { labels, ...rest } of draw(catalogue.entries, config)) {
    try {
      samples.push({ ...rest, ...(typeof labels === 'function' ? labels() : { labels }) });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      broken.push({ id: rest.id, message: messageOf(error) });
    }
  }
  const { classes, alphabetical, missing, unlabelled, leftOut, signals } = catalogue;
  return {
    type,
    root,
    classes: distinctNames(classes.names),
    keys: classes.keys,
    ...(alphabetical && { alphabetical }),
    samples,
    broken,
    missing,
    unlabelled,
    leftOut,
    ...(signals && { signals }),
    hash: createHash('sha256')
      .update(JSON.stringify(signals?.names ? { ...classes, channels: signals.names } : classes))
      .update(hashSamples(samples, config.select !== 'all' ? sizeOf : digestOf))
      .digest('hex'),
  };
}

/** What a data set leaves out, a sentence a reason. */
export function leftOutNotes({ root, leftOut }: Pick<Dataset, 'root' | 'leftOut'>): string[] {
  const reasons = [...new Set(leftOut.map(({ reason }) => reason))];
  return reasons.map((reason) => {
    const paths = leftOut.filter((one) => one.reason === reason).map(({ path }) => relative(root, path));
    return `${paths.length} left out, ${reason}: ${preview(paths)}`;
  });
}

/** Why a data set without samples has none, in one line. */
export function whyEmpty(
  dataset: Pick<Dataset, 'root' | 'broken' | 'missing' | 'unlabelled' | 'leftOut'>,
): string {
  const { broken, missing, unlabelled } = dataset;
  const [first] = broken;
  const reasons = [
    first && `${broken.length} of unknown labels, the first ${first.id}: ${first.message}`,
    missing.length > 0 && `${missing.length} listed, but not on disk: ${preview(missing)}`,
    unlabelled.length > 0 && `${unlabelled.length} without a label: ${preview(unlabelled)}`,
    ...leftOutNotes(dataset),
  ].filter((reason) => typeof reason === 'string');
  return ['no samples', ...reasons].join('; ');
}

/**
 * A seeded subset: entries in the order of SHA-256(seed, id), so that what is drawn depends neither on the order of
 * the listing nor on the other images, and a larger limit only adds to a smaller one.
 */
export function draw<T extends { id: string }>(
  entries: readonly T[],
  { limit, seed, select }: DatasetConfig,
): T[] {
  const sorted = entries.toSorted(by(({ id }) => id));
  if (limit === undefined) return sorted;
  const drawn = inDrawingOrder(sorted, seed);
  return select !== 'all' ? drawn : drawn.slice(0, limit).sort(by(({ id }) => id));
}

/** Entries in the order in which a seed draws them: random, and of each two the same, whatever others there are. */
export function inDrawingOrder<T extends { id: string }>(entries: readonly T[], seed: number): T[] {
  const key = new Map(
    entries.map(({ id }) => [id, createHash('sha256').update(`${seed} ${id}`).digest('hex')]),
  );
  return entries.toSorted(by(({ id }) => key.get(id) as string));
}

/** Throws InputError when the root of a data set is no folder. */
export function checkRoot({ root }: DatasetConfig): void {
  if (!isDirectory(root)) throw new InputError(`data set: ${root} is not a folder`);
}

/** Compares by code unit, the same in every locale. */
function by<T>(key: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0);
}

import { createHash, type Hash } from 'node:crypto';
import { resolve } from 'node:path';
import type { Dataset } from '../datasets/dataset.js';
import { isDirectory } from '../datasets/layout.js';
import { InputError, messageOf } from '../errors.js';
import { readHeatmap } from '../explain/attributions/heatmap-files.js';
import { resolveMethod } from '../explain/methods.js';
import type { Experiment } from './config.js';
import type { Model } from './model.js';

/** What a `file:` method's folder holds for the samples of a run. */
export interface HeatmapFolder {
  readonly method: string;
  /** SHA-256 over ids, shapes and numbers: changes when a heatmap does. */
  readonly hash: string;
  /** Samples without a file: there the method is left out. */
  readonly missing: readonly string[];
}

/** How many problems are told. */
const TOLD = 10;

/**
 * Reads every heatmap that `file:` methods are going to read, before any work is done.
 *
 * @throws InputError with one list of what is wrong: folders that are not there or have nothing of the data set, files of
 *   another shape, numbers that are not finite
 */
export function readHeatmapFolders(
  { methods, composites, base }: Experiment,
  models: readonly Model[],
  { samples }: Pick<Dataset, 'samples'>,
): HeatmapFolder[] {
  const problems: string[] = [];
  const found = methods.flatMap((method): HeatmapFolder[] => {
    const { folder } = resolveMethod(method, composites);
    if (folder === undefined) return [];
    const path = resolve(base, folder);
    if (!isDirectory(path)) {
      problems.push(`${method}: ${path} is not a folder`);
      return [];
    }
    const hash = createHash('sha256');
    const missing: string[] = [];
    for (const { id } of samples) {
      try {
        if (!models.every(({ network }) => addHeatmap(hash, path, id, network))) missing.push(id);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        problems.push(messageOf(error));
      }
    }
    if (missing.length === samples.length) {
      problems.push(
        `${method}: ${path} has no '${missing[0]}.npy', nor a file of any other id of the data set`,
      );
    }
    return [{ method, hash: hash.digest('hex'), missing }];
  });
  if (problems.length === 0) return found;
  const more = problems.length > TOLD ? [`and ${problems.length - TOLD} more`] : [];
  throw new InputError(`heatmaps made elsewhere: ${[...problems.slice(0, TOLD), ...more].join('; ')}`);
}

/** Adds the heatmap of an image to a hash; false where there is no file. */
function addHeatmap(hash: Hash, folder: string, id: string, network: Model['network']): boolean {
  const heatmap = readHeatmap(folder, id, network);
  if (!heatmap) return false;
  const { relevance, channels } = heatmap;
  hash.update(`${JSON.stringify([id, channels, relevance.length])}\n`);
  hash.update(new Uint8Array(relevance.buffer, relevance.byteOffset, relevance.byteLength));
  return true;
}

import type { Dataset } from '../datasets/dataset.js';
import { readSample } from '../datasets/open.js';
import { InputError } from '../errors.js';
import type { Model } from '../experiment/model.js';
import type { OpenExperiment } from '../experiment/open.js';
import { shareNumbers } from '../experiment/shared-memory.js';
import { resolveMethod } from '../explain/methods.js';
import type { Reference } from '../explain/request.js';
import { randomStream } from '../random.js';
import { followedScore } from './families/perturbation/config.js';

/**
 * By network: inputs of the data set that methods compare others with (the baseline `expected`), as many as the method that
 * wants most of them does; undefined where none does. They are drawn from all samples, whatever shard is run, and lie in
 * memory that workers share; images that cannot be read are passed over.
 */
export async function referenceInputs({
  experiment,
  models,
  dataset,
}: OpenExperiment): Promise<(readonly Reference[] | undefined)[]> {
  const { methods, composites } = experiment;
  const most = Math.max(0, ...methods.map((id) => resolveMethod(id, composites).references));
  if (most === 0) return models.map(() => undefined);
  const { seed } = followedScore(experiment);
  return Promise.all(models.map((model) => drawn(model, dataset, most, seed)));
}

async function drawn(model: Model, dataset: Dataset, most: number, seed: number): Promise<Reference[]> {
  const found: Reference[] = [];
  for (const index of randomStream(seed, 'references').permutation(dataset.samples.length)) {
    if (found.length === most) break;
    const sample = dataset.samples[index] as Dataset['samples'][number];
    try {
      const { input } = await readSample(dataset, sample, model);
      found.push({ id: sample.id, input: shareNumbers(input) });
    } catch (error) {
      if (!(error instanceof InputError)) throw error; // The run itself lists broken images.
    }
  }
  return found;
}

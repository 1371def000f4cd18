import type { Dataset } from '../datasets/dataset.js';
import { readSample } from '../datasets/open.js';
import { InputError } from '../errors.js';
import type { Model } from '../experiment/model.js';
import type { OpenExperiment } from '../experiment/open.js';
import { sizeOf } from '../graph/tensor.js';
import { familiesOf } from './families/of-experiment.js';

/**
 * By network: the mean of all the data set's inputs at every place, where a family needs it (for the fill `constant`); images that
 * cannot be read do not count. It covers all samples, whatever shard is run, so that shards fill alike.
 */
export async function meanInputs({
  experiment,
  models,
  dataset,
}: OpenExperiment): Promise<(Float32Array | undefined)[]> {
  const needed = familiesOf(experiment).some(({ family, config }) => family.needsMeanInput?.(config));
  if (!needed) return models.map(() => undefined);
  return Promise.all(models.map((model) => meanInput(model, dataset)));
}

async function meanInput(model: Model, dataset: Dataset): Promise<Float32Array> {
  const sum = new Float64Array(sizeOf(model.network.inputShape));
  let count = 0;
  for (const sample of dataset.samples) {
    try {
      const { input } = await readSample(dataset, sample, model);
      for (const [i, value] of input.entries()) sum[i] = (sum[i] as number) + value;
      count++;
    } catch (error) {
      if (!(error instanceof InputError)) throw error; // The run itself lists broken images.
    }
  }
  return Float32Array.from(sum, (total) => total / Math.max(count, 1));
}

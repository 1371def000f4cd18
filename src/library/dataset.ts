import { type DatasetInput, datasetSchema } from '../datasets/config.js';
import type { Dataset } from '../datasets/dataset.js';
import { openDataset as open } from '../datasets/open.js';
import { validate } from '../files/yaml.js';

/**
 * Lists a data set: the keys are those of `dataset` in a config (docs/config.md); `root` is taken from the working
 * directory. Images and boxes are read only when they are asked for.
 *
 * @throws InputError for an unknown key, or a folder that is missing or laid out otherwise
 */
export async function openDataset(config: DatasetInput): Promise<Dataset> {
  return open(validate(datasetSchema, config, 'openDataset'));
}

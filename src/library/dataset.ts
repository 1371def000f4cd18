import type { Box } from '../datasets/boxes.js';
import { type DatasetInput, datasetSchema } from '../datasets/config.js';
import type { Dataset as Listing } from '../datasets/dataset.js';
import { openDataset as open, readSampleBoxes } from '../datasets/open.js';
import type { Sample } from '../datasets/sample.js';
import { validate } from '../files/yaml.js';

/** What a data set holds, and its boxes. */
export interface Dataset extends Listing {
  /** The boxes of a sample in its upright original image; none without annotation. InputError names a broken one. */
  boxes(sample: Sample): Promise<Box[]>;
}

/**
 * Lists a data set: the keys are those of `dataset` in a config (docs/config.md); `root` is taken from the working
 * directory. Images and boxes are read only when they are asked for.
 *
 * @throws InputError for an unknown key, or a folder that is missing or laid out otherwise
 */
export async function openDataset(config: DatasetInput): Promise<Dataset> {
  const listing = await open(validate(datasetSchema, config, 'openDataset'));
  return { ...listing, boxes: (sample) => readSampleBoxes(listing, sample) };
}

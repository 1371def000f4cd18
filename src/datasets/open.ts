import { type DatasetConfig, type DatasetInput, datasetSchema } from './config.js';
import { type Catalogue, checkRoot, type Dataset, drawDataset } from './dataset.js';
import { listFolder, listTensors } from './folder.js';
import { listIlsvrc2012 } from './ilsvrc2012.js';
import { listVoc } from './voc.js';

const LISTS: {
  [Type in DatasetConfig['type']]: (config: Extract<DatasetConfig, { type: Type }>) => Catalogue;
} = {
  ilsvrc2012: listIlsvrc2012,
  voc: listVoc,
  folder: listFolder,
  tensors: listTensors,
};

/**
 * Opens a data set: lists what is on disk and draws the samples that the config asks for. Nothing is decoded.
 * Throws InputError when a part of its layout is missing or a list is malformed, ZodError for a malformed config.
 */
export async function openDataset(input: DatasetInput): Promise<Dataset> {
  const config = datasetSchema.parse(input);
  checkRoot(config);
  const list = LISTS[config.type] as (config: DatasetConfig) => Catalogue;
  return drawDataset(config, list(config));
}

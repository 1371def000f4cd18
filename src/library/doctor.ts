import { checkDataset, type DatasetCheck } from '../datasets/check.js';
import { type DatasetInput, datasetSchema } from '../datasets/config.js';
import { validate } from '../files/yaml.js';

/**
 * Looks through a data set and says what is there, what is missing and what is left out, as `heatproof doctor` does. The keys
 * are those of `dataset` in a config; `root` is taken from the working directory.
 *
 * @throws InputError for an unknown key or a value that is not allowed; what is wrong with files is among the findings
 */
export async function doctor(dataset: DatasetInput): Promise<DatasetCheck> {
  return checkDataset(validate(datasetSchema, dataset, 'doctor') as DatasetInput);
}

import type { Box } from './boxes.js';
import { type DatasetInput, datasetSchema } from './config.js';
import { checkRoot, type Dataset, drawDataset } from './dataset.js';
import { kindOf } from './kinds.js';
import type { Sample } from './sample.js';

/**
 * Opens a data set: lists what is on disk and draws the samples that the config asks for. Nothing is decoded.
 * Throws InputError when a part of its layout is missing or a list is malformed, ZodError for a malformed config.
 */
export async function openDataset(input: DatasetInput): Promise<Dataset> {
  const config = datasetSchema.parse(input);
  checkRoot(config);
  return drawDataset(config, kindOf(config.type).list(config));
}

/**
 * The boxes of a sample in its upright original image; none without annotation. Opens the sample's own files only.
 * InputError names a broken annotation.
 */
export async function readSampleBoxes(
  { type, keys }: Pick<Dataset, 'type' | 'keys'>,
  sample: Sample,
): Promise<Box[]> {
  return (await kindOf(type).boxes?.(sample, keys)) ?? [];
}

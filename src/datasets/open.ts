import type { InputLayout } from '../input/layout.js';
import { ownRange } from '../input/range.js';
import type { Box } from './boxes.js';
import { type DatasetInput, datasetSchema } from './config.js';
import { checkRoot, type Dataset, drawDataset } from './dataset.js';
import type { Reader } from './kind.js';
import { kindOf } from './kinds.js';
import { type PreparedInput, prepareSample } from './prepare.js';
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

/**
 * How a network reads a data set's samples: as it reads its input anyway, unless the kind of data set knows better.
 * @throws InputError when they cannot be its input
 */
export function layoutFor(dataset: Pick<Dataset, 'type' | 'signals'>, layout: InputLayout): InputLayout {
  return kindOf(dataset.type).layout?.(dataset, layout.shape) ?? layout;
}

/** A sample as network input. @throws InputError when its file is broken or does not fit the network */
export async function readSample(
  dataset: Pick<Dataset, 'type' | 'signals'>,
  sample: Sample,
  reader: Reader,
): Promise<PreparedInput> {
  const { layout } = reader.network;
  const read = await kindOf(dataset.type).read?.(sample, dataset, reader);
  if (read) return { ...read, range: ownRange(read.input, layout) };
  return prepareSample(sample.path, reader.preprocessing, layout.shape);
}

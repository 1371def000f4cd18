import { type Prepared, prepareSample } from '../datasets/prepare.js';
import { channelRange } from '../datasets/preprocessing.js';
import type { Model } from '../experiment/model.js';
import { layoutOf } from '../input/layout.js';
import { type ChannelRange, ownRange } from '../input/range.js';

/** A sample as the network reads it, with the range that fills are drawn from. */
export interface PreparedInput extends Prepared {
  readonly range: ChannelRange;
}

/**
 * Reads a sample for a network: an image through its preprocessing, an .npy array as it is.
 *
 * @throws InputError when the file is broken or does not fit the network
 */
export async function prepareInput(path: string, { network, preprocessing }: Model): Promise<PreparedInput> {
  const prepared = await prepareSample(path, preprocessing, network.inputShape);
  const range =
    prepared.pixels && preprocessing
      ? channelRange(preprocessing)
      : ownRange(prepared.input, layoutOf(network.inputShape));
  return { ...prepared, range };
}

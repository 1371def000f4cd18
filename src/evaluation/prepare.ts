import { prepareSample } from '../datasets/prepare.js';
import { type ChannelRange, channelRange } from '../datasets/preprocessing.js';
import type { Model } from '../experiment/model.js';
import { sizeOf } from '../graph/tensor.js';
import type { PreparedInput } from './families/explained-class.js';

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
      : ownRange(prepared.input, network.inputShape);
  return { ...prepared, range };
}

/** An array has no image space: its own smallest, largest and mean value a channel stand for black, white and mean. */
export function ownRange(data: Float32Array, inputShape: readonly number[]): ChannelRange {
  const channels = inputShape.length === 1 ? 1 : (inputShape[0] as number);
  const size = sizeOf(inputShape) / channels;
  const range: ChannelRange = { low: [], high: [], mean: [] };
  for (let c = 0; c < channels; c++) {
    const values = data.subarray(c * size, (c + 1) * size);
    range.low.push(values.reduce((a, b) => Math.min(a, b)));
    range.high.push(values.reduce((a, b) => Math.max(a, b)));
    range.mean.push(values.reduce((a, b) => a + b, 0) / size);
  }
  return range;
}

import { extname } from 'node:path';
import { InputError, mismatch } from '../errors.js';
import { readNpy } from '../files/npy.js';
import type { Document } from '../input/document.js';
import { layoutOf } from '../input/layout.js';
import { type ChannelRange, ownRange } from '../input/range.js';
import { type PreparedImage, prepareImage } from './image.js';
import { channelRange, type Preprocessing } from './preprocessing.js';

/** A sample as network input, with the range that fills are drawn from; `pixels` and `placement` only where it is an image. */
export type PreparedInput = Pick<PreparedImage, 'input'> &
  Partial<PreparedImage> & {
    readonly range: ChannelRange;
    /** Numbers for the network's other inputs, by their names. */
    readonly given?: Readonly<Record<string, Float32Array>>;
    /** What is at which place, where it is a text. */
    readonly document?: Document;
    /** Embeddings of what fills up a text, and of what stands for unknown words. */
    readonly tokenVectors?: { readonly pad?: Float32Array; readonly unknown?: Float32Array };
  };

/**
 * Reads one sample: a .npy file as it stands, an image through preprocessing. Throws InputError when the file is
 * broken, does not fit the network's input shape (without batch), or needs preprocessing that is not given.
 */
export async function prepareSample(
  path: string,
  preprocessing: Preprocessing | undefined,
  inputShape: readonly number[],
): Promise<PreparedInput> {
  if (isArray(path)) {
    const input = prepareTensor(path, inputShape);
    return { input, range: ownRange(input, layoutOf(inputShape)) };
  }
  if (!preprocessing)
    throw new InputError(`${path}: the network's descriptor needs 'preprocessing' to take images`);
  return { ...(await prepareImage(path, preprocessing, inputShape)), range: channelRange(preprocessing) };
}

/** Whether a sample's file is an array and no image. */
export function isArray(path: string): boolean {
  return extname(path).toLowerCase() === '.npy';
}

/**
 * A .npy file as network input, with or without a batch dimension of 1. An image with channels last is brought into the
 * network's order where its shape leaves no doubt. Throws InputError unless it fits and is finite.
 */
export function prepareTensor(path: string, inputShape: readonly number[]): Float32Array {
  const { shape, data } = readNpy(path);
  const single = shape.length === inputShape.length + 1 && shape[0] === 1 ? shape.slice(1) : shape;
  const fits = single.join() === inputShape.join();
  const [channels = 0, ...plane] = inputShape;
  const channelsLast = !fits && plane.length === 2 && single.join() === [...plane, channels].join();
  if (!fits && !channelsLast) {
    throw mismatch({
      what: 'shape of the input',
      where: path,
      expected: inputShape.join(' x '),
      got: shape.join(' x ') || 'a scalar',
    });
  }
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw mismatch({
      what: 'network input',
      where: path,
      expected: 'finite numbers',
      got: `${data[bad]} at element ${bad}`,
    });
  return channelsLast ? channelByChannel(data, channels) : data;
}

function channelByChannel(data: Float32Array, channels: number): Float32Array {
  const area = data.length / channels;
  return data.map((_, i) => data[(i % area) * channels + Math.floor(i / area)] as number);
}

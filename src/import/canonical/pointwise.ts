import { floatTensor } from '../../graph/tensor.js';
import { Unsupported } from '../unsupported.js';
import { alignedDims } from './arithmetic.js';
import type { NetworkWriter } from './writer.js';

const LARGEST = 3.4028234663852886e38;

/** x clamped to low .. high; a Relu where that is what it is. */
export function addClip(writer: NetworkWriter, x: string, low: number, high: number, name: string): string {
  if (low === 0 && high >= LARGEST) return writer.add('Relu', [x], {}, name);
  const bounds = [low, high].map((bound) => writer.scalar(Math.min(Math.max(bound, -LARGEST), LARGEST)));
  return writer.add('Clip', [x, ...bounds], {}, name);
}

/** x where it is positive, else slope * x; the slope is repeated by numpy's rule. A LeakyRelu where it is one number. */
export function addPRelu(
  writer: NetworkWriter,
  x: string,
  slope: { readonly dims: readonly number[]; readonly data: ArrayLike<number> },
  name: string,
): string {
  const dims = alignedDims(slope.dims, writer.shape(x));
  if (slope.data.length === 1) {
    return writer.add('LeakyRelu', [x], { alpha: { float: slope.data[0] as number } }, name);
  }
  const slopes = writer.weights(floatTensor(dims, Float32Array.from(slope.data)), `${name}.slope`);
  return writer.add('PRelu', [x, slopes], {}, name);
}

/** x / (bias + alpha / size * sum of x^2 over `size` channels) ^ beta. */
export interface LrnParameters {
  readonly size: number;
  readonly alpha: number;
  readonly beta: number;
  readonly bias: number;
}

/** @throws Unsupported unless the value has channels and places, and the window is one */
export function addLrn(
  writer: NetworkWriter,
  x: string,
  { size, alpha, beta, bias }: LrnParameters,
  name: string,
): string {
  const [channels = 0, ...spatial] = writer.sample(x);
  if (spatial.length !== 1 && spatial.length !== 2)
    throw new Unsupported(`over ${spatial.length} spatial axes`);
  if (!(size >= 1)) throw new Unsupported(`of ${size} channels`);
  const attributes = {
    size,
    alpha: { float: alpha },
    beta: { float: beta },
    bias: { float: bias },
    channels,
    spatial: spatial.length,
  };
  return writer.add('LRN', [x], attributes, name);
}

import { floatTensor } from '../../graph/tensor.js';
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

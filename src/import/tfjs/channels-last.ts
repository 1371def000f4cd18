import { copyStrided, type NumberArray, stridesOf } from '../../graph/strided.js';
import { type FloatTensor, floatTensor, sizeOf } from '../../graph/tensor.js';
import { addReshape, addTranspose } from '../canonical/layout.js';
import type { NetworkWriter } from '../canonical/writer.js';
import { Constant } from '../constant.js';
import { Unsupported } from '../unsupported.js';

/**
 * TensorFlow's values are [batch, places..., channels], canonical ones [batch, channels, places...]. Every value is kept in
 * canonical order, and its rank says where each axis went: nothing is transposed but what a Reshape mixes.
 */

/** For each canonical axis, the axis of TensorFlow that it is. */
export function toChannelsFirst(rank: number): number[] {
  return rank < 3 ? range(0, rank) : [0, rank - 1, ...range(1, rank - 1)];
}

/** For each axis of TensorFlow, the canonical axis that it is. */
export function toChannelsLast(rank: number): number[] {
  return rank < 3 ? range(0, rank) : [0, ...range(2, rank), 1];
}

/** TensorFlow's axis as canonical axis. @throws Unsupported for the batch, and for an axis that the value does not have. */
export function canonicalAxis(axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (positive === 0) throw new Unsupported('over the batch');
  const canonical = toChannelsLast(rank)[positive];
  if (canonical === undefined) throw new Unsupported(`with axis ${axis} of ${rank}`);
  return canonical;
}

/** Shape of a value without the batch, in TensorFlow's order. */
export function lastSample(writer: NetworkWriter, x: string): number[] {
  const shape = writer.shape(x);
  return toChannelsLast(shape.length)
    .slice(1)
    .map((axis) => shape[axis] as number);
}

/** A shape without the batch in canonical order. */
export function firstSample(sample: readonly number[]): number[] {
  return toChannelsFirst(sample.length + 1)
    .slice(1)
    .map((axis) => sample[axis - 1] as number);
}

/** Weights with their axes in another order. */
export function permuted({ dims, data }: FloatTensor, order: readonly number[]): FloatTensor {
  return floatTensor(
    order.map((axis) => dims[axis] as number),
    turned(dims, data, order),
  );
}

/** A constant that is repeated over a value of `rank` axes (numpy's rule), in canonical order. */
export function besideValue(constant: Constant, rank: number): Constant {
  if (constant.dims.length > rank || rank < 3) return constant;
  const dims = [...Array<number>(rank - constant.dims.length).fill(1), ...constant.dims];
  const order = toChannelsFirst(rank);
  const canonical = order.map((axis) => dims[axis] as number);
  return new Constant(constant.type, canonical, () => turned(dims, constant.data, order));
}

function turned<T extends NumberArray>(dims: readonly number[], data: T, order: readonly number[]): T {
  const strides = stridesOf(dims);
  const result = data.slice() as T;
  copyStrided(
    data,
    result,
    order.map((axis) => dims[axis] as number),
    order.map((axis) => strides[axis] as number),
  );
  return result;
}

/** A Reshape to `sample`, in TensorFlow's order and without the batch, that keeps the order of TensorFlow's numbers. */
export function addReshapeLast(
  writer: NetworkWriter,
  x: string,
  sample: readonly number[],
  name: string,
): string {
  const from = lastSample(writer, x);
  if (from.at(-1) === sample.at(-1)) return addReshape(writer, x, firstSample(sample), name);
  const last = moved(writer, x, from, toChannelsLast(from.length + 1), from, `${name}.channels-last`);
  const reshaped = addReshape(writer, last, sample, name);
  const first = firstSample(sample);
  return moved(writer, reshaped, sample, toChannelsFirst(sample.length + 1), first, `${name}.channels-first`);
}

/** A Transpose that moves the channels; a Reshape where there is one channel or place only. */
function moved(
  writer: NetworkWriter,
  x: string,
  sample: readonly number[],
  order: readonly number[],
  result: readonly number[],
  name: string,
): string {
  const channels = sample.at(-1) ?? 1;
  const alone = channels === 1 || channels === sizeOf(sample);
  return alone ? addReshape(writer, x, result, name) : addTranspose(writer, x, order, name);
}

/** A float tensor of other dimensions with the same numbers. */
export function withDims({ data }: FloatTensor, dims: readonly number[]): FloatTensor {
  return floatTensor(dims, data);
}

function range(start: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - start) }, (_, i) => start + i);
}

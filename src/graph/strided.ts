import { sizeOf } from './tensor.js';

export type NumberArray = Float32Array | Float64Array;

/** How far apart the elements of each axis lie in a row-major array. */
export function stridesOf(dims: readonly number[]): number[] {
  const strides = new Array<number>(dims.length);
  let stride = 1;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= dims[axis] as number;
  }
  return strides;
}

/** Strides that repeat an array of shape `from` over `to` by numpy's rule: axes from the right, an axis of size 1 repeats. */
export function repeatingStrides(from: readonly number[], to: readonly number[]): number[] {
  const strides = stridesOf(from);
  const missing = to.length - from.length;
  return to.map((_, axis) => (from[axis - missing] === 1 ? 0 : (strides[axis - missing] ?? 0)));
}

/**
 * Fills `target`, row-major of shape `dims`, with the elements of `source` that start at `offset` and lie `strides`
 * apart: transposing, slicing, repeating and reading column-major arrays are all this.
 */
export function copyStrided(
  source: ArrayLike<number>,
  target: NumberArray,
  dims: readonly number[],
  strides: readonly number[],
  offset = 0,
): void {
  const walked = dims.flatMap((size, axis) =>
    size === 1 ? [] : [{ size, stride: strides[axis] as number }],
  );
  const inner = walked.pop() ?? { size: 1, stride: 0 };
  const count = sizeOf(dims);
  const position = walked.map(() => 0);
  let from = offset;
  for (let to = 0; to < count; to += inner.size) {
    for (let i = 0; i < inner.size; i++) target[to + i] = source[from + i * inner.stride] as number;
    for (let axis = walked.length - 1; axis >= 0; axis--) {
      const { size, stride } = walked[axis] as { size: number; stride: number };
      from += stride;
      if (++(position[axis] as number) < size) break;
      from -= size * stride;
      position[axis] = 0;
    }
  }
}

/** The shape of arrays that are joined along an axis and alike along all others. */
export function joinedDims(parts: readonly { readonly dims: readonly number[] }[], axis: number): number[] {
  const size = parts.reduce((sum, { dims }) => sum + (dims[axis] as number), 0);
  return (parts[0] as (typeof parts)[number]).dims.with(axis, size);
}

/** Fills `target` with arrays joined along an axis; the axes before it have `outer` elements in each. */
export function copyJoined(parts: readonly NumberArray[], target: NumberArray, outer: number): void {
  let at = 0;
  for (let row = 0; row < outer; row++) {
    for (const part of parts) {
      const block = part.length / outer;
      copyRun(part, row * block, block, target, at);
      at += block;
    }
  }
}

/** From this length on, a view of the numbers costs less than a loop over them. */
const LONG_RUN = 64;

/** Copies `length` numbers from one array into another. */
export function copyRun(
  source: NumberArray,
  start: number,
  length: number,
  target: NumberArray,
  at: number,
): void {
  if (length >= LONG_RUN) target.set(source.subarray(start, start + length), at);
  else for (let i = 0; i < length; i++) target[at + i] = source[start + i] as number;
}

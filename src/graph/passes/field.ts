import type { Shape } from '../graph.js';
import { copyStrided, repeatingStrides, stridesOf } from '../strided.js';
import { sizeOf } from '../tensor.js';

/**
 * Float64 numbers over one sample of a value, repeated by numpy's rule: `dims` has one entry an axis of the value, 1 where
 * the numbers are the same along it. Axis 0 is the batch, always 1.
 */
export interface Field {
  readonly dims: readonly number[];
  readonly data: Float64Array;
}

/**
 * Counts the numbers that are written out while affine maps are moved in one network. Real ones need some thousands, made
 * ones may ask for any; what is not allowed stays where it is.
 */
export class Allowance {
  #left = 2 ** 24;

  /** Whether so many more may be written. */
  take(count: number): boolean {
    if (count > this.#left) return false;
    this.#left -= count;
    return true;
  }
}

/** The same number everywhere. */
export function uniform(rank: number, value: number): Field {
  return { dims: Array<number>(rank).fill(1), data: Float64Array.of(value) };
}

/** Numbers of the shape `dims`, kept once along the axes on which they do not vary. */
export function fieldOf(dims: readonly number[], data: ArrayLike<number>): Field {
  let field: Field = { dims, data: Float64Array.from(data) };
  for (const axis of dims.keys()) {
    if (isConstantAlong(field, axis)) field = sliced(field, axis, 0, 1, 1);
  }
  return field;
}

/** Whether the field is `value` everywhere. */
export function isUniform({ data }: Field, value: number): boolean {
  return data.every((number) => number === value);
}

/** The numbers along an axis of `size` elements, when they vary along no other one. */
export function alongAxis({ dims, data }: Field, axis: number, size: number): Float64Array | undefined {
  if (dims.some((dim, i) => dim > 1 && i !== axis)) return undefined;
  return dims[axis] === size ? data : new Float64Array(size).fill(data[0] as number);
}

/** Element by element; undefined when that is not allowed. */
export function combine(
  a: Field,
  b: Field,
  allowance: Allowance,
  operation: (x: number, y: number) => number,
): Field | undefined {
  const dims = a.dims.map((dim, axis) => Math.max(dim, b.dims[axis] as number));
  const [left, right] = [repeated(a, dims, allowance), repeated(b, dims, allowance)];
  if (!left || !right) return undefined;
  return fieldOf(
    dims,
    left.map((x, i) => operation(x, right[i] as number)),
  );
}

/** The field of a transposed value: axis i of the result is axis order[i]; undefined when that is not allowed. */
export function transposed(
  { dims, data }: Field,
  order: readonly number[],
  allowance: Allowance,
): Field | undefined {
  if (!allowance.take(data.length)) return undefined;
  const strides = stridesOf(dims);
  const turned = order.map((axis) => dims[axis] as number);
  const steps = order.map((axis) => strides[axis] as number);
  return { dims: turned, data: taken(data, turned, steps) };
}

/**
 * The field of a value that is reshaped `from` one shape `to` another one. Axes are taken in the smallest groups of equal
 * size on both sides, and only groups along which the field varies are written out.
 * @returns undefined when that is not allowed
 */
export function reshaped(field: Field, from: Shape, to: Shape, allowance: Allowance): Field | undefined {
  const full: number[] = [1];
  const target: number[] = [1];
  for (let i = 1, j = 1; i < from.length || j < to.length; ) {
    const [startI, startJ] = [i, j];
    let [before, after] = [from[i++] ?? 1, to[j++] ?? 1];
    while (before !== after) {
      if (before < after) before *= from[i++] as number;
      else after *= to[j++] as number;
    }
    const varies = field.dims.slice(startI, i).some((dim) => dim > 1);
    full.push(...from.slice(startI, i).map((size) => (varies ? size : 1)));
    target.push(...to.slice(startJ, j).map((size) => (varies ? size : 1)));
  }
  const data = repeated(field, full, allowance);
  return data && fieldOf(target, data);
}

/** The elements start, start + step, ... below end of an axis. */
export function sliced(field: Field, axis: number, start: number, end: number, step: number): Field {
  const { dims, data } = field;
  if (dims[axis] === 1) return field;
  const kept = dims.map((dim, i) => (i === axis ? Math.ceil((end - start) / step) : dim));
  const strides = stridesOf(dims);
  const steps = strides.map((stride, i) => (i === axis ? stride * step : stride));
  return { dims: kept, data: taken(data, kept, steps, start * (strides[axis] as number)) };
}

/** Fields side by side along an axis, each with the number of elements that it covers; undefined when that is not allowed. */
export function joined(
  fields: readonly Field[],
  axis: number,
  sizes: readonly number[],
  allowance: Allowance,
): Field | undefined {
  const widest = fields.map(({ dims }) => dims).reduce((a, b) => a.map((dim, i) => Math.max(dim, b[i] as number))); // biome-ignore format: one line
  const along = (size: number) => widest.map((dim, i) => (i === axis ? size : dim));
  const parts = fields.map((field, k) => repeated(field, along(sizes[k] as number), allowance));
  const dims = along(sizes.reduce((a, b) => a + b, 0));
  if (!allowance.take(sizeOf(dims)) || parts.some((part) => !part)) return undefined;
  const outer = sizeOf(dims.slice(0, axis));
  const data = new Float64Array(sizeOf(dims));
  for (let row = 0, offset = 0; row < outer; row++) {
    for (const part of parts as Float64Array[]) {
      const block = part.length / outer;
      data.set(part.subarray(row * block, (row + 1) * block), offset);
      offset += block;
    }
  }
  return fieldOf(dims, data);
}

/** The numbers written out along the axes on which `full` is larger than the field; undefined when that is not allowed. */
function repeated(
  { dims, data }: Field,
  full: readonly number[],
  allowance: Allowance,
): Float64Array | undefined {
  if (!allowance.take(sizeOf(full))) return undefined;
  return `${dims}` === `${full}` ? data : taken(data, full, repeatingStrides(dims, full));
}

/** An array of the shape `dims` of numbers that lie `strides` apart. */
function taken(
  data: Float64Array,
  dims: readonly number[],
  strides: readonly number[],
  offset = 0,
): Float64Array {
  const result = new Float64Array(sizeOf(dims));
  copyStrided(data, result, dims, strides, offset);
  return result;
}

function isConstantAlong({ dims, data }: Field, axis: number): boolean {
  const size = dims[axis] as number;
  if (size === 1) return false;
  const inner = sizeOf(dims.slice(axis + 1));
  return data.every((value, i) => {
    const along = Math.floor(i / inner) % size;
    return value === data[i - along * inner];
  });
}

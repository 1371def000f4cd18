import {
  copyJoined,
  copyRun,
  copyStrided,
  joinedDims,
  repeatingStrides,
  stridesOf,
} from '../../../graph/strided.js';
import { sizeOf } from '../../../graph/tensor.js';
import { batchesIn } from '../../batch-size.js';
import { Constant } from '../../constant.js';
import { Unsupported } from '../../unsupported.js';
import {
  concatAxis,
  flattenAxis,
  gatherAxis,
  type SlicePart,
  sliceParts,
  splitSizes,
  squeezedAxes,
  transposeOrder,
  unsqueezedAxes,
} from '../arguments.js';
import type { OnnxNode } from '../node.js';
import { commonShape } from './broadcast.js';
import type { Allocate, FoldTable } from './table.js';

/** Operators that move, repeat or select numbers. */
export const MOVED: FoldTable = {
  Identity: (node) => node.given(0),
  Dropout: (node) => node.given(0),
  Reshape: (node) => reshape(node),
  Flatten: (node) => {
    const x = node.given(0);
    const axis = flattenAxis(node, x.dims.length);
    return x.reshaped([sizeOf(x.dims.slice(0, axis)), sizeOf(x.dims.slice(axis))]);
  },
  Squeeze: (node) => {
    const x = node.given(0);
    const gone = squeezedAxes(node, x.dims);
    return x.reshaped(x.dims.filter((_, axis) => !gone.includes(axis)));
  },
  Unsqueeze: (node) => {
    const x = node.given(0);
    const dims = [...x.dims];
    for (const axis of unsqueezedAxes(node, x.dims.length)) dims.splice(axis, 0, 1);
    return x.reshaped(dims);
  },
  Transpose: (node, allocate) => {
    const x = node.given(0);
    const order = transposeOrder(node, x.dims.length);
    const strides = stridesOf(x.dims);
    const along = (list: readonly number[]) => order.map((axis) => list[axis] as number);
    return strided(x, along(x.dims), along(strides), allocate);
  },
  Expand: (node, allocate) => {
    const x = node.given(0);
    const asked = node.intList('shape', 1) ?? [];
    const shape = asked.map((dim, i) => ((x.dims.at(i - asked.length) ?? 1) === 1 ? onceFor(dim) : dim));
    const dims = commonShape([x.dims, shape]);
    return strided(x, dims, repeatingStrides(x.dims, dims), allocate);
  },
  Tile: (node, allocate) => {
    const x = node.given(0);
    const repeats = (node.intList('repeats', 1) ?? []).map((count, axis) =>
      x.dims[axis] === 1 ? onceFor(count) : count,
    );
    if (repeats.length !== x.dims.length || !repeats.every((count) => count >= 0))
      throw new Unsupported(`of [${x.dims}] by [${repeats}]`);
    // Every axis as two: copies, and what is copied.
    const dims = x.dims.flatMap((dim, axis) => [repeats[axis] as number, dim]);
    const strides = stridesOf(x.dims).flatMap((stride) => [0, stride]);
    return strided(x, dims, strides, allocate).reshaped(x.dims.map((dim, axis) => dim * (repeats[axis] as number))); // biome-ignore format: one line
  },
  Trilu: (node, allocate) => {
    const x = node.given(0);
    const [rows = 0, columns = 0] = x.dims.slice(-2);
    const offset = node.operands[1] ? (node.integers(1).data[0] as number) : 0;
    const upper = node.int('upper', 1) === 1;
    const data = allocate(x.type, x.size);
    for (let i = 0; i < data.length; i++) {
      const beyond = (i % columns) - (Math.floor(i / columns) % rows) - offset;
      data[i] = (upper ? beyond >= 0 : beyond <= 0) ? (x.data[i] as number) : 0;
    }
    return new Constant(x.type, x.dims, data);
  },
  ScatterND: (node, allocate) => scatter(node, allocate),
  Slice: (node, allocate) => slice(node.given(0), sliceParts(node, node.given(0).dims), allocate),
  Split: (node, allocate) => {
    const x = node.given(0);
    const { axis, sizes } = splitSizes(node, x.dims);
    let end = 0;
    return sizes.map((count) => {
      end += count;
      return slice(x, [{ axis, first: end - count, count, step: 1 }], allocate);
    });
  },
  Gather: (node, allocate) => gather(node, allocate),
  Concat: (node, allocate) => concat(node, allocate),
};

/** What is the same for all samples stays there once. */
export function onceFor(count: number): number {
  return batchesIn(count) === 1 ? 1 : count;
}

/** A copy in which whole rows, addressed by their first axes, are replaced. */
function scatter(node: OnnxNode, allocate: Allocate): Constant {
  const [x, places, updates] = [node.given(0), node.integers(1), node.given(2)];
  if (node.string('reduction', 'none') !== 'none' || updates.type !== x.type)
    throw new Unsupported('that combines numbers');
  const depth = places.dims.at(-1) ?? 0;
  const [size, strides] = [sizeOf(x.dims.slice(depth)), stridesOf(x.dims)];
  const data = allocate(x.type, x.size);
  data.set(x.data);
  const rows = depth === 0 ? 0 : places.size / depth;
  if (depth > x.dims.length || updates.size !== rows * size)
    throw new Unsupported(`of [${updates.dims}] at [${places.dims}]`);
  for (let row = 0; row < rows; row++) {
    let at = 0;
    for (let axis = 0; axis < depth; axis++) {
      const [index, dim] = [places.data[row * depth + axis] as number, x.dims[axis] as number];
      const positive = index < 0 ? index + dim : index;
      if (!(positive >= 0 && positive < dim)) throw new Unsupported('beyond its input');
      at += positive * (strides[axis] as number);
    }
    copyRun(updates.data, row * size, size, data, at);
  }
  return new Constant(x.type, x.dims, data);
}

/** Numpy's reshape: -1 is what is left over, 0 keeps the dimension unless `allowzero`. */
function reshape(node: OnnxNode): Constant {
  const x = node.given(0);
  const target = node.intList('shape', 1) ?? [];
  const keepZero = node.int('allowzero', 0) === 1;
  const kept = target.map((dim, i) => (dim === 0 && !keepZero ? (x.dims[i] ?? Number.NaN) : dim));
  const rest = sizeOf(kept.filter((dim) => dim !== -1));
  const dims = kept.map((dim) => (dim === -1 ? x.size / rest : dim));
  const open = kept.filter((dim) => dim === -1).length;
  const sound =
    open <= 1 && dims.every((dim) => Number.isInteger(dim) && dim >= 0) && sizeOf(dims) === x.size;
  if (!sound) throw new Unsupported(`of [${x.dims}] to [${target}]`);
  return x.reshaped(dims);
}

function strided(
  x: Constant,
  dims: readonly number[],
  strides: readonly number[],
  allocate: Allocate,
  offset = 0,
): Constant {
  const data = allocate(x.type, sizeOf(dims));
  copyStrided(x.data, data, dims, strides, offset);
  return new Constant(x.type, dims, data);
}

function slice(x: Constant, parts: readonly SlicePart[], allocate: Allocate): Constant {
  const dims = [...x.dims];
  const strides = stridesOf(x.dims);
  let offset = 0;
  for (const { axis, first, count, step } of parts) {
    offset += first * (strides[axis] as number);
    dims[axis] = count;
    strides[axis] = step * (strides[axis] as number);
  }
  return strided(x, dims, strides, allocate, offset);
}

function gather(node: OnnxNode, allocate: Allocate): Constant {
  const [x, chosen] = [node.given(0), node.integers(1)];
  const axis = gatherAxis(node, x.dims.length);
  const size = x.dims[axis] as number;
  const inner = sizeOf(x.dims.slice(axis + 1));
  const dims = [...x.dims.slice(0, axis), ...chosen.dims, ...x.dims.slice(axis + 1)];
  // The list of indices is read even where nothing is taken by it.
  const data = allocate(x.type, sizeOf(dims) + (inner === 0 ? chosen.size : 0)).subarray(0, sizeOf(dims));
  const at = chosen.data;
  const outer = sizeOf(x.dims.slice(0, axis));
  for (let o = 0, to = 0; o < outer; o++) {
    for (let k = 0; k < at.length; k++, to += inner) {
      const index = at[k] as number;
      const positive = index < 0 ? index + size : index;
      if (!(positive >= 0 && positive < size)) throw new Unsupported('beyond its input');
      copyRun(x.data, (o * size + positive) * inner, inner, data, to);
    }
  }
  return new Constant(x.type, dims, data);
}

function concat(node: OnnxNode, allocate: Allocate): Constant {
  const parts = node.operands.map((_, index) => node.given(index));
  const { type, dims: first } = node.given(0);
  const axis = concatAxis(node, first.length);
  const alike = ({ type: other, dims }: Constant) =>
    other === type && dims.length === first.length && dims.every((dim, i) => i === axis || dim === first[i]);
  if (!parts.every(alike)) throw new Unsupported('of constants of different types or shapes');
  const dims = joinedDims(parts, axis);
  const data = allocate(type, sizeOf(dims));
  copyJoined(parts.map((part) => part.data), data, sizeOf(dims.slice(0, axis))); // biome-ignore format: one line
  return new Constant(type, dims, data);
}

import { sizeOf } from '../../graph/tensor.js';
import { type Constant, floats, type GeneratedNumbers, ints, reshaped } from '../constant.js';
import { Unsupported } from '../unsupported.js';
import type { OnnxNode } from './node.js';

/** Makes storage for `length` numbers of a constant's kind. */
type Allocate = (like: Constant, length: number) => Float32Array | Float64Array;

type Fold = (node: OnnxNode, constants: readonly Constant[], allocate: Allocate) => Constant;

/**
 * Operators on constants only: the shape arithmetic that exporters leave in networks, and weights that are built from
 * others. The batch size (NaN) passes through all that moves or copies numbers; nothing may be computed from it.
 */
const FOLDS: Readonly<Record<string, Fold>> = {
  Constant: constantNode,
  ConstantOfShape: constantOfShape,
  Identity: (_, [x]) => x as Constant,
  Dropout: (_, [x]) => x as Constant,
  Cast: cast,
  Shape: (_, [x]) => ints([(x as Constant).dims.length], (x as Constant).dims),
  Reshape: (node, [x, shape]) => reshape(x as Constant, intsOf(shape), node.int('allowzero', 0) === 1),
  Flatten: (node, [x]) => flatten(x as Constant, node.int('axis', 1)),
  Squeeze: (node, [x]) => squeeze(x as Constant, node.intList('axes', 1)),
  Unsqueeze: (node, [x]) => unsqueeze(x as Constant, node.intList('axes', 1) ?? []),
  Transpose: (node, [x], allocate) => transpose(x as Constant, node.ints('perm'), allocate),
  Gather: (node, [x, at], allocate) => gather(x as Constant, at as Constant, node.int('axis', 0), allocate),
  Slice: slice,
  Concat: (node, parts, allocate) => concat(parts, node.int('axis', 0), allocate),
  Add: (_, [a, b], allocate) => arithmetic(a, b, (x, y) => x + y, 0, allocate),
  Sub: (_, [a, b], allocate) => arithmetic(a, b, (x, y) => x - y, 0, allocate),
  Mul: (_, [a, b], allocate) => arithmetic(a, b, (x, y) => x * y, 1, allocate),
  Div: (_, [a, b], allocate) => arithmetic(a, b, a?.kind === 'int' ? divideInts : divide, 1, allocate),
  Equal: (_, [a, b], allocate) => arithmetic(a, b, (x, y) => (x === y ? 1 : 0), Number.NaN, allocate),
  Floor: (_, [x], allocate) => map(x as Constant, Math.floor, allocate),
  Ceil: (_, [x], allocate) => map(x as Constant, Math.ceil, allocate),
  Sqrt: (_, [x], allocate) => map(x as Constant, Math.sqrt, allocate),
  Neg: (_, [x], allocate) => map(x as Constant, (value) => -value, allocate),
};

/** True for operators that {@link fold} knows. */
export function isFoldable(op: string): boolean {
  return Object.hasOwn(FOLDS, op);
}

/** Runs an operator on constants. @throws Unsupported when it cannot be folded, InputError when it makes too much. */
export function fold(node: OnnxNode, constants: readonly Constant[], generated: GeneratedNumbers): Constant {
  const run = isFoldable(node.op) ? FOLDS[node.op] : undefined;
  if (!run) throw new Unsupported('on constants only');
  return run(node, constants, ({ kind }, length) => {
    generated.add(length, node.name);
    return kind === 'float' ? new Float32Array(length) : new Float64Array(length);
  });
}

const divide = (x: number, y: number) => x / y;
const divideInts = (x: number, y: number) => Math.trunc(x / y);

function constantNode(node: OnnxNode): Constant {
  const tensor = node.tensor('value');
  if (tensor) return tensor;
  const list = node.ints('value_ints');
  if (node.has('value_ints') && list) return ints([list.length], list);
  const numbers = node.floats('value_floats');
  if (node.has('value_floats') && numbers) return floats([numbers.length], Float32Array.from(numbers));
  if (node.has('value_int')) return ints([], [node.int('value_int', 0)]);
  if (node.has('value_float')) return floats([], Float32Array.of(node.float('value_float', 0)));
  throw new Unsupported('of another kind than numbers');
}

function constantOfShape(node: OnnxNode, [shape]: readonly Constant[], allocate: Allocate): Constant {
  const dims = intsOf(shape);
  if (!dims.every((dim) => dim >= 0)) throw new Unsupported(`of shape [${dims}]`);
  const value = node.tensor('value') ?? floats([1], Float32Array.of(0));
  return { ...value, dims, data: allocate(value, sizeOf(dims)).fill(value.data[0] ?? 0) } as Constant;
}

function cast(node: OnnxNode, [x]: readonly Constant[]): Constant {
  const FLOATS = [1, 10, 11, 16];
  const { kind, dims, data } = x as Constant;
  const toFloat = FLOATS.includes(node.int('to', 1));
  if (toFloat === (kind === 'float')) return x as Constant;
  return toFloat ? floats(dims, Float32Array.from(data)) : ints(dims, Float64Array.from(data, Math.trunc));
}

/** Numpy's reshape: -1 is what is left over, 0 keeps the dimension unless `allowZero`. */
function reshape(x: Constant, target: readonly number[], allowZero: boolean): Constant {
  const kept = target.map((dim, i) => (dim === 0 && !allowZero ? (x.dims[i] ?? 0) : dim));
  const rest = kept.filter((dim) => dim !== -1);
  const dims = kept.map((dim) => (dim === -1 ? x.data.length / sizeOf(rest) : dim));
  if (sizeOf(dims) !== x.data.length || !dims.every(Number.isInteger)) {
    throw new Unsupported(`of [${x.dims}] to [${target}]`);
  }
  return reshaped(x, dims);
}

function flatten(x: Constant, axis: number): Constant {
  const split = axis < 0 ? axis + x.dims.length : axis;
  return reshaped(x, [sizeOf(x.dims.slice(0, split)), sizeOf(x.dims.slice(split))]);
}

function squeeze(x: Constant, axes: readonly number[] | undefined): Constant {
  const gone = axes?.map((axis) => (axis < 0 ? axis + x.dims.length : axis));
  return reshaped(
    x,
    x.dims.filter((dim, axis) => dim !== 1 || gone?.includes(axis) === false),
  );
}

function unsqueeze(x: Constant, axes: readonly number[]): Constant {
  const rank = x.dims.length + axes.length;
  const dims = [...x.dims];
  for (const axis of axes.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b)) {
    dims.splice(axis, 0, 1);
  }
  return reshaped(x, dims);
}

function transpose(x: Constant, perm: readonly number[] | undefined, allocate: Allocate): Constant {
  const order = perm ?? x.dims.map((_, i) => x.dims.length - 1 - i);
  const strides = stridesOf(x.dims);
  const dims = order.map((axis) => x.dims[axis] ?? 0);
  const data = allocate(x, sizeOf(dims));
  forEachPosition(dims, (position, i) => {
    let offset = 0;
    for (let axis = 0; axis < order.length; axis++) {
      offset += (position[axis] as number) * (strides[order[axis] as number] as number);
    }
    data[i] = x.data[offset] as number;
  });
  return { ...x, dims, data } as Constant;
}

function gather(x: Constant, indices: Constant, axis: number, allocate: Allocate): Constant {
  const at = axis < 0 ? axis + x.dims.length : axis;
  const size = x.dims[at] ?? 0;
  const chosen = intsOf(indices).map((index) => (index < 0 ? index + size : index));
  if (!chosen.every((index) => index >= 0 && index < size)) throw new Unsupported('beyond its input');
  const inner = sizeOf(x.dims.slice(at + 1));
  const dims = [...x.dims.slice(0, at), ...indices.dims, ...x.dims.slice(at + 1)];
  const data = allocate(x, sizeOf(dims));
  for (let i = 0; i < data.length; i++) {
    const block = Math.floor(i / inner);
    const outer = Math.floor(block / chosen.length);
    data[i] = x.data[
      (outer * size + (chosen[block % chosen.length] as number)) * inner + (i % inner)
    ] as number;
  }
  return { ...x, dims, data } as Constant;
}

function slice(node: OnnxNode, [x]: readonly Constant[], allocate: Allocate): Constant {
  const starts = node.intList('starts', 1) ?? [];
  const ends = node.intList('ends', 2) ?? [];
  const axes = node.intList('axes', 3) ?? starts.map((_, i) => i);
  const steps = node.intList('steps', 4) ?? starts.map(() => 1);
  let result = x as Constant;
  for (const [i, axis] of axes.entries()) {
    const at = axis < 0 ? axis + result.dims.length : axis;
    const step = steps[i] ?? 1;
    const { first, count } = sliceRange(starts[i] ?? 0, ends[i] ?? 0, step, result.dims[at] ?? 0);
    const indices = Float64Array.from({ length: count }, (_, k) => first + k * step);
    result = gather(result, ints([count], indices), at, allocate);
  }
  return result;
}

/** The part of an axis that ONNX's Slice takes: bounds count from the end when negative and are clamped. */
export function sliceRange(
  start: number,
  end: number,
  step: number,
  size: number,
): { first: number; count: number } {
  if (step === 0 || ![start, end, step].every(Number.isFinite)) {
    throw new Unsupported('with bounds that are no numbers');
  }
  const clamp = (bound: number) => {
    const positive = bound < 0 ? bound + size : bound;
    return step > 0 ? Math.min(Math.max(positive, 0), size) : Math.min(Math.max(positive, -1), size - 1);
  };
  const first = clamp(start);
  return { first, count: Math.max(0, Math.ceil((clamp(end) - first) / step)) };
}

function concat(parts: readonly Constant[], axis: number, allocate: Allocate): Constant {
  const first = parts[0] as Constant;
  const at = axis < 0 ? axis + first.dims.length : axis;
  const alike = parts.every(
    ({ dims }) =>
      dims.length === first.dims.length && dims.every((dim, i) => i === at || dim === first.dims[i]),
  );
  if (!alike) throw new Unsupported('of constants of different shapes');
  const dims = first.dims.map((dim, i) =>
    i === at ? parts.reduce((sum, part) => sum + (part.dims[at] as number), 0) : dim,
  );
  const data = allocate(first, sizeOf(dims));
  const outer = sizeOf(dims.slice(0, at));
  let offset = 0;
  for (let i = 0; i < outer; i++) {
    for (const part of parts) {
      const block = part.data.length / outer;
      data.set(part.data.subarray(i * block, (i + 1) * block), offset);
      offset += block;
    }
  }
  return { ...first, dims, data } as Constant;
}

/** Two constants, repeated by numpy's rule; the batch size may meet the operation's neutral element only. */
function arithmetic(
  a: Constant | undefined,
  b: Constant | undefined,
  operation: (x: number, y: number) => number,
  neutral: number,
  allocate: Allocate,
): Constant {
  if (!a || !b) throw new Unsupported('without two inputs');
  const rank = Math.max(a.dims.length, b.dims.length);
  const padded = [a, b].map(({ dims }) => [...Array<number>(rank - dims.length).fill(1), ...dims]) as [
    number[],
    number[],
  ];
  const dims = padded[0].map((dim, i) => {
    const other = padded[1][i] as number;
    if (dim !== other && dim !== 1 && other !== 1) throw new Unsupported(`of [${a.dims}] and [${b.dims}]`);
    return dim === 1 ? other : dim;
  });
  const offsets = padded.map((own) => {
    const strides = stridesOf(own);
    return (position: readonly number[]) =>
      position.reduce((sum, index, i) => sum + (own[i] === 1 ? 0 : index * (strides[i] as number)), 0);
  }) as [(position: readonly number[]) => number, (position: readonly number[]) => number];
  const result = a.kind === 'float' ? a : b;
  const data = allocate(result, sizeOf(dims));
  forEachPosition(dims, (position, i) => {
    const [x, y] = [a.data[offsets[0](position)] as number, b.data[offsets[1](position)] as number];
    if (Number.isNaN(x) && y === neutral) data[i] = x;
    else if (Number.isNaN(x) || Number.isNaN(y)) throw new Unsupported('on the batch size');
    else data[i] = operation(x, y);
  });
  return { ...result, dims, data } as Constant;
}

function map(x: Constant, operation: (value: number) => number, allocate: Allocate): Constant {
  const data = allocate(x, x.data.length);
  for (let i = 0; i < data.length; i++) data[i] = operation(x.data[i] as number);
  return { ...x, data } as Constant;
}

function forEachPosition(
  dims: readonly number[],
  visit: (position: readonly number[], index: number) => void,
): void {
  const position = dims.map(() => 0);
  const count = sizeOf(dims);
  for (let i = 0; i < count; i++) {
    visit(position, i);
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      position[axis] = (position[axis] as number) + 1;
      if ((position[axis] as number) < (dims[axis] as number)) break;
      position[axis] = 0;
    }
  }
}

function stridesOf(dims: readonly number[]): number[] {
  return dims.map((_, axis) => sizeOf(dims.slice(axis + 1)));
}

function intsOf(constant: Constant | undefined): number[] {
  if (!constant) throw new Unsupported('without a list of integers');
  return Array.from(constant.data);
}

import { batchesIn } from '../batch-size.js';
import { Unsupported } from '../unsupported.js';
import type { OnnxNode } from './node.js';

/*
 * What the attributes and inputs of operators that move numbers say, given the shape they work on. Constants that are
 * folded and values of the network are moved by the same reading of them.
 */

/** An axis counted from the front. @throws Unsupported when there is no such axis */
export function axisOf(axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (!(positive >= 0 && positive < rank)) throw new Unsupported(`with axis ${axis} of ${rank}`);
  return positive;
}

function axesOf(axes: readonly number[], rank: number): number[] {
  const positive = axes.map((axis) => axisOf(axis, rank));
  if (new Set(positive).size < positive.length) throw new Unsupported(`with an axis twice: [${axes}]`);
  return positive;
}

/** Shape: the dimensions from `start` to `end`, all of them by default. */
export function selectedDims<T>(node: OnnxNode, dims: readonly T[]): T[] {
  return dims.slice(node.int('start', 0), node.has('end') ? node.int('end', 0) : undefined);
}

/** Flatten: how many axes become the first, 0 to rank; a negative axis counts from the last one. */
export function flattenAxis(node: OnnxNode, rank: number): number {
  const axis = node.int('axis', 1);
  return axis === rank ? rank : axisOf(axis, rank);
}

/** Squeeze: the axes of size 1 that go; all of them by default. */
export function squeezedAxes(node: OnnxNode, dims: readonly number[]): number[] {
  const given = axesOf(node.intList('axes', 1) ?? [], dims.length);
  if (given.some((axis) => dims[axis] !== 1)) throw new Unsupported(`of axes [${given}] that are not 1`);
  return given.length > 0 ? given : dims.flatMap((dim, axis) => (dim === 1 ? [axis] : []));
}

/** Unsqueeze: the axes of size 1 that come, ascending, counted in the result. */
export function unsqueezedAxes(node: OnnxNode, rank: number): number[] {
  const axes = node.intList('axes', 1) ?? [];
  return axesOf(axes, rank + axes.length).sort((a, b) => a - b);
}

/** Transpose: which axis of the input each axis of the result is; reversed by default. */
export function transposeOrder(node: OnnxNode, rank: number): number[] {
  const order = node.ints('perm');
  if (!order?.length) return Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  const sound = order.length === rank && order.every((axis) => axis >= 0);
  if (!sound) throw new Unsupported(`of ${rank} axes by [${order}]`);
  return axesOf(order, rank);
}

/** Concat: the axis along which values are joined. */
export function concatAxis(node: OnnxNode, rank: number): number {
  if (!node.has('axis')) throw new Unsupported('without its axis');
  return axisOf(node.int('axis', 0), rank);
}

/** Gather: the axis from which elements are taken. */
export function gatherAxis(node: OnnxNode, rank: number): number {
  return axisOf(node.int('axis', 0), rank);
}

/** The elements first, first + step, ... of an axis, `count` of them. */
export interface SlicePart {
  readonly axis: number;
  readonly first: number;
  readonly count: number;
  readonly step: number;
}

/** Slice: what is left of each axis that is cut; bounds count from the end when negative and are clamped. */
export function sliceParts(node: OnnxNode, dims: readonly number[]): SlicePart[] {
  const starts = node.intList('starts', 1) ?? [];
  const ends = node.intList('ends', 2) ?? [];
  const axes = axesOf(node.intList('axes', 3) ?? starts.map((_, i) => i), dims.length);
  const steps = node.intList('steps', 4) ?? starts.map(() => 1);
  if ([starts, ends, steps].some(({ length }) => length !== axes.length))
    throw new Unsupported('with bounds for other axes than it names');
  return axes.map((axis, i) => {
    const [start, end, step] = [starts[i], ends[i], steps[i]] as [number, number, number];
    return { axis, step, ...sliceRange(start, end, step, dims[axis] as number) };
  });
}

/** Ends that mean all of the axis, in whichever direction: the largest integers of 32 and of 64 bits. */
const WHOLE_AXIS = new Set([2 ** 31 - 1, 2 ** 63]);

function sliceRange(start: number, end: number, step: number, size: number) {
  const bounds = [start, end, step];
  if (step === 0 || !bounds.every(Number.isFinite) || bounds.some((bound) => batchesIn(bound) !== undefined))
    throw new Unsupported('with bounds that are no numbers');
  const within = (bound: number, least: number, most: number) =>
    Math.min(Math.max(bound < 0 ? bound + size : bound, least), most);
  const [first, last] =
    step > 0
      ? [within(start, 0, size), within(end, 0, size)]
      : [within(start, 0, size - 1), WHOLE_AXIS.has(end) ? -1 : within(end, -1, size - 1)];
  return { first, count: size === 0 ? 0 : Math.max(0, Math.ceil((last - first) / step)) };
}

/** Split: the axis that is cut, and the size of each part; equal ones by default, the last one smaller if need be. */
export function splitSizes(node: OnnxNode, dims: readonly number[]): { axis: number; sizes: number[] } {
  const axis = axisOf(node.int('axis', 0), dims.length);
  const size = dims[axis] as number;
  const parts = node.outputs.length;
  const each = Math.ceil(size / parts);
  const sizes = node.intList('split', 1) ?? node.outputs.map((_, i) => Math.min(each, size - i * each));
  const sum = sizes.reduce((total, part) => total + part, 0);
  if (node.int('num_outputs', parts) !== parts) throw new Unsupported(`into other than ${parts} parts`);
  if (sizes.length !== parts || sum !== size || sizes.some((part) => part < 1))
    throw new Unsupported(`of ${size} into [${sizes}]`);
  return { axis, sizes };
}

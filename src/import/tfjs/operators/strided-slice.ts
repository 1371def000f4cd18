import { BATCH } from '../../../graph/graph.js';
import { Unsupported } from '../../unsupported.js';
import type { TfjsNode } from '../node.js';

/** The elements first, first + step, ... of an axis, `count` of them. */
interface AxisRange {
  readonly first: number;
  readonly count: number;
  readonly step: number;
}

/**
 * What a StridedSlice takes of every axis of a value of this shape, and which axes it drops. Bounds count from the end when
 * negative and are clamped; the bits of the masks, one an axis, make a bound free or take one element and drop the axis.
 */
export function rangesOf(
  node: TfjsNode,
  shape: readonly number[],
): { ranges: AxisRange[]; dropped: number[] } {
  const [begins, ends, steps] = [1, 2, 3].map((i) => node.list(i)) as [number[], number[], number[]];
  const bit = (mask: string, axis: number) => Math.floor(node.number(mask, 0) / 2 ** axis) % 2 === 1;
  if (node.number('ellipsis_mask', 0) !== 0 || node.number('new_axis_mask', 0) !== 0) {
    throw new Unsupported('with an ellipsis or new axes');
  }
  const dropped = begins.flatMap((_, axis) => (bit('shrink_axis_mask', axis) ? [axis] : []));
  const ranges = shape.map((size, axis): AxisRange => {
    const begin = begins[axis];
    const step = steps[axis] ?? 1;
    if (begin === undefined) return { first: 0, count: size, step: 1 };
    const from = bit('begin_mask', axis) ? undefined : begin;
    if (dropped.includes(axis)) return one(begin, size);
    const to = bit('end_mask', axis) ? undefined : ends[axis];
    if (size === BATCH) {
      if (step === 1 && (from ?? 0) === 0 && to === undefined) return { first: 0, count: 1, step: 1 };
      throw new Unsupported('of the batch');
    }
    return range(from, to, step, size);
  });
  return { ranges, dropped };
}

function one(begin: number, size: number): AxisRange {
  const first = begin < 0 ? begin + size : begin;
  if (size === BATCH || !(first >= 0 && first < size)) throw new Unsupported(`of element ${begin}`);
  return { first, count: 1, step: 1 };
}

function range(from: number | undefined, to: number | undefined, step: number, size: number): AxisRange {
  const [lowest, highest] = step > 0 ? [0, size] : [-1, size - 1];
  const clamp = (bound: number) => Math.min(Math.max(bound < 0 ? bound + size : bound, lowest), highest);
  const first = from === undefined ? (step > 0 ? 0 : size - 1) : clamp(from);
  const end = to === undefined ? (step > 0 ? size : -1) : clamp(to);
  const count = Math.ceil((end - first) / step);
  if (!(count >= 1)) throw new Unsupported('of nothing');
  return { first, count, step };
}

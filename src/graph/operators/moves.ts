import {
  type Constants,
  constantInput,
  inputOf,
  intOf,
  intsOf,
  type Node,
  type Shape,
  showShape,
} from '../graph.js';
import { sizeOf, type Tensor, toInts } from '../tensor.js';
import { ALL, always, kept, ofAllInputs, ofOperand } from './facts.js';
import { intConstant, wrong } from './shape-rules.js';
import type { OperatorTraits, ShapeRule, Shift } from './traits.js';

const reshape: ShapeRule = (node, { shape, constant }) => {
  const [batch, ...from] = shape(inputOf(node));
  const [keep, ...to] = intConstant(node, 1, constant);
  if (keep !== 0 || sizeOf(to) !== sizeOf(from)) {
    throw wrong(node, 'shape', `[0, dimensions of ${sizeOf(from)} numbers]`, [keep ?? Number.NaN, ...to]);
  }
  return [batch as number, ...to];
};

const transpose: ShapeRule = (node, { shape }) => {
  const input = shape(inputOf(node));
  const order = intsOf(node, 'perm');
  const permutes = order.length === input.length && new Set(order).size === order.length;
  if (!permutes || order[0] !== 0 || order.some((axis) => input[axis] === undefined)) {
    throw wrong(node, 'order', `a permutation of ${input.length} axes that keeps the batch first`, order);
  }
  return order.map((axis) => input[axis] as number);
};

const concat: ShapeRule = (node, { shape }) => {
  const axis = intOf(node, 'axis', 1);
  const shapes = node.inputs.map(shape);
  const first = shapes[0] as Shape;
  for (const other of shapes) {
    const alike = other.length === first.length && other.every((dim, i) => i === axis || dim === first[i]);
    if (!alike) throw wrong(node, 'input', `${showShape(first)} but for axis ${axis}`, other);
  }
  return first.map((dim, i) =>
    i === axis ? shapes.reduce((sum, other) => sum + (other[axis] as number), 0) : dim,
  );
};

const slice: ShapeRule = (node, { shape, constant }) => {
  const [starts, ends, axes, steps] = [1, 2, 3, 4].map((i) => intConstant(node, i, constant)) as [
    number[],
    number[],
    number[],
    number[],
  ];
  const result = [...shape(inputOf(node))];
  for (const [i, axis] of axes.entries()) {
    const [start = 0, end = 0, step = 1] = [starts[i], ends[i], steps[i]];
    const size = result[axis] ?? 0;
    if (axis < 1 || start < 0 || end > size || step < 1 || start >= end) {
      throw wrong(node, `slice of axis ${axis}`, `0 <= start < end <= ${size}`, [start, end, step]);
    }
    result[axis] = Math.ceil((end - start) / step);
  }
  return result;
};

/** Negative pads cut off. */
const pad: ShapeRule = (node, { shape, constant }) => {
  const input = shape(inputOf(node));
  const pads = intConstant(node, 1, constant);
  const result = input.map((dim, i) =>
    i === 0 ? dim : dim + (pads[i] ?? 0) + (pads[i + input.length] ?? 0),
  );
  const keepsBatch = pads[0] === 0 && pads[input.length] === 0;
  if (pads.length !== 2 * input.length || !keepsBatch || result.slice(1).some((dim) => dim < 1)) {
    throw wrong(node, 'pads', `two for each axis of ${showShape(input)}, none on the batch`, pads);
  }
  return result;
};

function shiftsOfSlice(node: Node, graph: Constants): Map<number, Shift> {
  const [starts, axes, steps] = [1, 3, 4].map((i) => ints(node, graph, i)) as [number[], number[], number[]];
  return new Map(
    axes.map((axis, i) => [axis, { start: starts[i] as number, step: steps[i] as number }] as const),
  );
}

function shiftsOfPad(node: Node, graph: Constants): Map<number, Shift> {
  const pads = ints(node, graph, 1);
  const rank = pads.length / 2;
  const padded = pads.slice(0, rank).flatMap((begin, axis) => {
    const moves = begin !== 0 || pads[axis + rank] !== 0;
    return moves ? [[axis, { start: -begin, step: 1 }] as const] : [];
  });
  return new Map(padded);
}

function ints(node: Node, graph: Constants, index: number): number[] {
  return toInts(constantInput(graph, node, index) as Tensor);
}

const moved = { kind: 'move', nonNegative: ofOperand, monotone: always, zeros: kept } as const;

/** Numbers that stay the same at other places. */
export const MOVES = {
  Reshape: { ...moved, shape: reshape, reads: ALL },
  Transpose: { ...moved, shape: transpose, reads: ALL },
  Slice: { ...moved, shape: slice, reads: { kind: 'shift', shifts: shiftsOfSlice } },
  Pad: { ...moved, shape: pad, reads: { kind: 'shift', shifts: shiftsOfPad } },
  Concat: {
    ...moved,
    shape: concat,
    reads: { kind: 'axis', fallback: 1 },
    nonNegative: ofAllInputs,
  },
} satisfies Record<string, OperatorTraits>;

import {
  constantInput,
  type Graph,
  inputOf,
  intOf,
  intsOf,
  type Node,
  outputOf,
  type Shape,
} from '../graph.js';
import { type Tensor, toInts } from '../tensor.js';
import type { Affine } from './affine.js';
import {
  type Allowance,
  alongAxis,
  type Field,
  isUniform,
  joined,
  reshaped,
  sliced,
  transposed,
  uniform,
} from './field.js';

/** Operators that an affine map gets past if it is the same over each channel. */
export const POOLS: ReadonlySet<string> = new Set(['AveragePool', 'MaxPool']);

/** Around what affine maps are moved, and how many numbers may be written out for that. */
export interface Moves {
  readonly graph: Graph;
  readonly shapes: ReadonlyMap<string, Shape>;
  readonly allowance: Allowance;
}

/** The affine map A' with node(A(x)) = A'(node(x)), for an operator that moves numbers; undefined when there is none. */
export function movedBehind(
  affine: Affine,
  node: Node,
  { graph, shapes, allowance }: Moves,
): Affine | undefined {
  const from = shapes.get(inputOf(node)) as Shape;
  switch (node.op) {
    case 'Transpose':
      return mapped(affine, (field) => transposed(field, intsOf(node, 'perm'), allowance));
    case 'Reshape':
      return mapped(affine, (field) => reshaped(field, from, shapes.get(outputOf(node)) as Shape, allowance));
    case 'Slice':
      return mapped(affine, (field) => slicedLike(field, node, graph));
    case 'Pad':
      return isUniform(affine.shift, 0) && !variesWherePadded(affine.scale, node, graph) ? affine : undefined;
    case 'AveragePool':
      return isPerChannel(affine, from) && (averages(node) || isUniform(affine.shift, 0))
        ? affine
        : undefined;
    case 'MaxPool':
      return affine.scale.data.every((factor) => factor > 0) && isPerChannel(affine, from)
        ? affine
        : undefined;
    default:
      return undefined;
  }
}

/** The affine map A' with A(node(x)) = node(A'(x)), for an operator that keeps all numbers. */
export function movedBefore(affine: Affine, node: Node, { shapes, allowance }: Moves): Affine | undefined {
  if (node.op === 'Transpose') {
    const order = intsOf(node, 'perm');
    const back = order.map((_, axis) => order.indexOf(axis));
    return mapped(affine, (field) => transposed(field, back, allowance));
  }
  if (node.op !== 'Reshape') return undefined;
  const [from, to] = [outputOf(node), inputOf(node)].map((value) => shapes.get(value) as Shape) as [
    Shape,
    Shape,
  ];
  return mapped(affine, (field) => reshaped(field, from, to, allowance));
}

/** The affine map behind a Concat of values with an affine map each; undefined stands for none. */
export function movedBehindConcat(
  affines: readonly (Affine | undefined)[],
  node: Node,
  { shapes, allowance }: Moves,
): Affine | undefined {
  const axis = intOf(node, 'axis', 1);
  const inputs = node.inputs.map((input) => shapes.get(input) as Shape);
  const sizes = inputs.map((shape) => shape[axis] as number);
  const rank = inputs[0]?.length as number;
  const scale = joined(affines.map((affine) => affine?.scale ?? uniform(rank, 1)), axis, sizes, allowance); // biome-ignore format: one line
  const shift = joined(affines.map((affine) => affine?.shift ?? uniform(rank, 0)), axis, sizes, allowance); // biome-ignore format: one line
  return scale && shift && { scale, shift };
}

/** Whether both parts are the same over each channel of a value. */
export function isPerChannel({ scale, shift }: Affine, shape: Shape): boolean {
  const channels = shape[1] as number;
  return [scale, shift].every((field) => alongAxis(field, 1, channels) !== undefined);
}

function mapped({ scale, shift }: Affine, move: (field: Field) => Field | undefined): Affine | undefined {
  const [movedScale, movedShift] = [move(scale), move(shift)];
  return movedScale && movedShift && { scale: movedScale, shift: movedShift };
}

function slicedLike(field: Field, node: Node, graph: Graph): Field {
  const [starts, ends, axes, steps] = [1, 2, 3, 4].map((i) => ints(graph, node, i)) as [
    number[],
    number[],
    number[],
    number[],
  ];
  return axes.reduce(
    (part, axis, i) => sliced(part, axis, starts[i] as number, ends[i] as number, steps[i] as number),
    field,
  );
}

function variesWherePadded(field: Field, node: Node, graph: Graph): boolean {
  const pads = ints(graph, node, 1);
  return field.dims.some(
    (dim, axis) => dim > 1 && (pads[axis] !== 0 || pads[axis + field.dims.length] !== 0),
  );
}

/** Whether a pool computes means of input numbers only. */
function averages(node: Node): boolean {
  return intOf(node, 'count_include_pad', 0) === 0 || intsOf(node, 'pads').every((pad) => pad === 0);
}

function ints(graph: Graph, node: Node, index: number): number[] {
  return toInts(constantInput(graph, node, index) as Tensor);
}

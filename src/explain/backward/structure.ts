import { inputOf, intOf, intsOf, type Node, outputOf } from '../../graph/graph.js';
import { toInts } from '../../graph/tensor.js';
import { type Propagate, type Scope, shapeOf } from '../scope.js';

/** The way back of operators that move numbers without changing them, whatever the rule. */
export const STRUCTURE = {
  Reshape: (scope, node, { map, support }) => {
    const [, ...dims] = shapeOf(scope, inputOf(node));
    const shape = scope.builder.ints([0, ...dims]);
    return [{ input: inputOf(node), map: scope.builder.add('Reshape', [map, shape]), support }];
  },

  Transpose: (scope, node, { map, support }) => {
    const order = intsOf(node, 'perm');
    const perm = order.map((_, axis) => order.indexOf(axis));
    return [{ input: inputOf(node), map: scope.builder.add('Transpose', [map], { perm }), support }];
  },

  Concat: (scope, node, { map, support }) => {
    const axis = intOf(node, 'axis', 1);
    const sizes = scope.builder.ints(node.inputs.map((input) => shapeOf(scope, input).at(axis) as number));
    const parts = scope.builder.addMany('Split', [map, sizes], node.inputs.length, { axis });
    return node.inputs.map((input, i) => ({ input, map: parts[i] as string, support }));
  },

  Pad: (scope, node, { map, support }) => {
    const pads = scope.builder.ints(intInput(scope, node, 1).map((pad) => -pad));
    return [{ input: inputOf(node), map: scope.builder.add('Pad', [map, pads]), support }];
  },

  Slice: (scope, node, { map, support }) => {
    const [starts = [], , axes = [], steps = []] = [1, 2, 3, 4].map((i) => intInput(scope, node, i));
    const full = shapeOf(scope, inputOf(node));
    const shape = [...shapeOf(scope, outputOf(node))];
    const back = axes.reduce((value, axis, i) => {
      const start = starts[i] as number;
      const spread = spreadOut(scope, value, shape, axis, steps[i] as number);
      const behind = (full[axis] as number) - start - (shape[axis] as number);
      shape[axis] = full[axis] as number;
      return padAxis(scope, spread, [axis, full.length], start, behind);
    }, map);
    return [{ input: inputOf(node), map: back, support }];
  },
} satisfies Record<string, Propagate>;

/** Puts `step - 1` zeros behind every element of an axis; `shape` is updated. */
function spreadOut(scope: Scope, value: string, shape: number[], axis: number, step: number): string {
  if (step === 1) return value;
  const { builder } = scope;
  const apart = builder.add('Unsqueeze', [value, builder.ints([axis + 1])]);
  const padded = padAxis(scope, apart, [axis + 1, shape.length + 1], 0, step - 1);
  shape[axis] = (shape[axis] as number) * step;
  return builder.add('Reshape', [padded, builder.ints([0, ...shape.slice(1)])]);
}

/**
 * Adds zeros at the ends of an axis; negative numbers cut elements off. With pads for all axes: onnxruntime 1.30 fails on those
 * for some where it moves a Transpose past the Pad.
 */
function padAxis(
  { builder }: Scope,
  value: string,
  [axis, rank]: readonly [number, number],
  begin: number,
  end: number,
): string {
  if (begin === 0 && end === 0) return value;
  const pads = new Array<number>(2 * rank).fill(0);
  pads[axis] = begin;
  pads[axis + rank] = end;
  return builder.add('Pad', [value, builder.ints(pads)]);
}

function intInput(scope: Scope, node: Node, index: number): number[] {
  const tensor = scope.graph.constants.get(inputOf(node, index));
  if (!tensor) throw new Error(`${node.op} '${node.name}': input ${index} is no constant`);
  return toInts(tensor);
}

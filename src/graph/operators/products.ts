import { type Constants, inputOf, type Node, type Shape } from '../graph.js';
import { ALL, ELEMENT, ofAllInputs } from './facts.js';
import { broadcast, wrong } from './shape-rules.js';
import type { OperatorTraits, ShapeRule } from './traits.js';

/** Parameters [channels] each. */
const perChannel: ShapeRule = (node, { shape }) => {
  const input = shape(inputOf(node));
  for (const parameter of node.inputs.slice(1)) {
    if (`${shape(parameter)}` !== `${input[1]}`) {
      throw wrong(node, 'parameters', `[${input[1]}]`, shape(parameter));
    }
  }
  return input;
};

/** Whether all operands but one are constants, of nothing but such factors. */
function scales({ inputs }: Node, { constants }: Constants, by: (factor: number) => boolean): boolean {
  const factors = inputs.flatMap((input) => constants.get(input) ?? []);
  return (
    factors.length === inputs.length - 1 && factors.every(({ data }) => (data as Float32Array).every(by))
  );
}

/** Matrices of two computed values, [..., rows, inner] and [..., inner, columns], of the same axes before them. */
const matrices: ShapeRule = (node, { shape }) => {
  const [a, b] = [shape(inputOf(node)), shape(inputOf(node, 1))];
  const alike = a.length === b.length && a.slice(0, -2).every((size, axis) => size === b[axis]);
  if (a.length < 3 || !alike || a.at(-1) !== b.at(-2)) {
    throw wrong(node, 'second operand', `[..., ${a.at(-1)}, columns] with the axes of the first before`, b);
  }
  return [...a.slice(0, -1), b.at(-1)] as Shape;
};

export const PRODUCTS = {
  Mul: {
    kind: 'product',
    shape: broadcast,
    reads: ELEMENT,
    nonNegative: ofAllInputs,
    monotone: (node, graph) => scales(node, graph, (factor) => factor >= 0),
    zeros: (node, graph) => (scales(node, graph, (factor) => factor > 0) ? 'kept' : undefined),
  },
  /** By a computed value. */
  Div: { kind: 'product', shape: broadcast, reads: ELEMENT, nonNegative: ofAllInputs },
  MatMul: { kind: 'product', shape: matrices, reads: ALL, nonNegative: ofAllInputs },
  /**
   * A factor and a summand a channel, both constants. The pass `mergeAffine` makes them part of layers where it can; what it
   * leaves has mean 0, variance 1 and epsilon 0.
   */
  BatchNormalization: { kind: 'product', shape: perChannel, reads: { kind: 'axis', fallback: 1 } },
} satisfies Record<string, OperatorTraits>;

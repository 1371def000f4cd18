import type { Tensor } from '@tensorflow/tfjs-core';
import type { Node } from '../../graph/graph.js';

/**
 * Computes an operator: from the values of its inputs its output, or its outputs in order. Integers are int32 there, for
 * TensorFlow.js has no int64.
 */
export type Operator = (inputs: Operands, node: Node) => Tensor | readonly Tensor[];

/** Typed as if they were there, as those are that an operator cannot do without; an absent optional one is undefined. */
export type Operands = readonly [Tensor, Tensor, Tensor, Tensor, Tensor];

/** The numbers of an integer operand: axes, sizes, pads. */
export function intsOf(operand: Tensor): number[] {
  return Array.from(operand.dataSync());
}

/** Axes count from the end where they are negative. */
export function axesOf(operand: Tensor, rank: number): number[] {
  return intsOf(operand).map((axis) => (axis < 0 ? axis + rank : axis));
}

import { type Constants, inputOf, type Node } from '../graph.js';
import { ELEMENT, ofAllInputs } from './facts.js';
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

export const PRODUCTS = {
  Mul: {
    kind: 'product',
    shape: broadcast,
    reads: ELEMENT,
    nonNegative: ofAllInputs,
    monotone: (node, graph) => scales(node, graph, (factor) => factor >= 0),
    zeros: (node, graph) => (scales(node, graph, (factor) => factor > 0) ? 'kept' : undefined),
  },
  /**
   * A factor and a summand a channel, both constants. The pass `mergeAffine` makes them part of layers where it can; what it
   * leaves has mean 0, variance 1 and epsilon 0.
   */
  BatchNormalization: { kind: 'product', shape: perChannel, reads: { kind: 'axis', fallback: 1 } },
} satisfies Record<string, OperatorTraits>;

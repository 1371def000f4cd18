import type { Constants, Node } from '../graph.js';
import { ELEMENT, ofAllInputs } from './facts.js';
import { broadcast } from './shape-rules.js';
import type { OperatorTraits } from './traits.js';

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
} satisfies Record<string, OperatorTraits>;

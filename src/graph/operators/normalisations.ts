import { floatOf, inputOf } from '../graph.js';
import { always, kept } from './facts.js';
import { unchanged, wrong } from './shape-rules.js';
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

/** Numbers in relation to those around them. */
export const NORMALISATIONS = {
  LRN: {
    kind: 'normalisation',
    shape: unchanged,
    reads: { kind: 'axis', fallback: 1 },
    nonNegative: (node, holds) =>
      holds(inputOf(node)) && floatOf(node, 'bias', 1) > 0 && floatOf(node, 'alpha', 1e-4) >= 0,
    zeros: kept,
  },
  Softmax: {
    kind: 'normalisation',
    shape: unchanged,
    reads: { kind: 'axis', fallback: -1 },
    nonNegative: always,
    gate: true,
  },
  /** Not canonical: merged into its neighbours once a network is read. */
  BatchNormalization: { kind: 'normalisation', shape: perChannel, reads: { kind: 'element' } },
} satisfies Record<string, OperatorTraits>;

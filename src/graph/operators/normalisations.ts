import { floatOf, inputOf } from '../graph.js';
import { always, kept } from './facts.js';
import { unchanged } from './shape-rules.js';
import type { OperatorTraits } from './traits.js';

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
} satisfies Record<string, OperatorTraits>;

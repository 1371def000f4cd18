import { always, ELEMENT, kept, keptWithoutConstants, ofAllInputs, ofOperand } from './facts.js';
import { broadcast, pooled } from './shape-rules.js';
import type { OperatorTraits } from './traits.js';

/** Sums, differences, means. */
export const SUMS = {
  Add: {
    kind: 'sum',
    shape: broadcast,
    reads: ELEMENT,
    nonNegative: ofAllInputs,
    monotone: always,
    zeros: keptWithoutConstants,
  },
  Sub: { kind: 'sum', shape: broadcast, reads: ELEMENT },
  AveragePool: {
    kind: 'sum',
    shape: pooled,
    reads: { kind: 'window', padding: 'zero' },
    nonNegative: ofOperand,
    monotone: always,
    zeros: kept,
  },
} satisfies Record<string, OperatorTraits>;

import { always, ELEMENT, kept, keptWithoutConstants, ofOperand } from './facts.js';
import { broadcast, pooled } from './shape-rules.js';
import type { OperatorTraits } from './traits.js';

/** The largest of some numbers. */
export const MAXIMA = {
  MaxPool: {
    kind: 'maximum',
    shape: pooled,
    reads: { kind: 'window', padding: 'lowest' },
    nonNegative: ofOperand,
    monotone: always,
    zeros: kept,
  },
  Max: {
    kind: 'maximum',
    shape: broadcast,
    reads: ELEMENT,
    nonNegative: ({ inputs }, holds) => inputs.some(holds),
    monotone: always,
    zeros: keptWithoutConstants,
  },
} satisfies Record<string, OperatorTraits>;

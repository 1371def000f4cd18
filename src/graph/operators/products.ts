import { ELEMENT, ofAllInputs } from './facts.js';
import { broadcast } from './shape-rules.js';
import type { OperatorTraits } from './traits.js';

export const PRODUCTS = {
  Mul: { kind: 'product', shape: broadcast, reads: ELEMENT, nonNegative: ofAllInputs },
} satisfies Record<string, OperatorTraits>;

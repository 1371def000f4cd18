import { intOf, intsOf } from '../graph.js';
import { always, ELEMENT, kept, keptWithoutConstants, ofAllInputs, ofOperand } from './facts.js';
import { broadcast, pooled, wrong } from './shape-rules.js';
import type { OperatorTraits, ShapeRule } from './traits.js';

/** The divisor is the same everywhere: padding counts. */
const averaged: ShapeRule = (node, context) => {
  const padded = intsOf(node, 'pads').some((pad) => pad !== 0);
  const counts = intOf(node, 'count_include_pad', 0);
  if (padded && counts !== 1) throw wrong(node, 'count_include_pad', '1 where it is padded', [counts]);
  return pooled(node, context);
};

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
    shape: averaged,
    reads: { kind: 'window', padding: 'zero' },
    nonNegative: ofOperand,
    monotone: always,
    zeros: kept,
  },
} satisfies Record<string, OperatorTraits>;

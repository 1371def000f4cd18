import { mismatch } from '../../errors.js';
import type { Node } from '../graph.js';
import { ACTIVATIONS } from './activations.js';
import { LINEAR } from './linear.js';
import { MAXIMA } from './maxima.js';
import { MOVES } from './moves.js';
import { NORMALISATIONS } from './normalisations.js';
import { PRODUCTS } from './products.js';
import { SUMS } from './sums.js';
import type { Kind, OperatorTraits } from './traits.js';

/** Every operator of the canonical form. */
export const OPERATORS: Readonly<Record<string, OperatorTraits>> = {
  ...LINEAR,
  ...SUMS,
  ...PRODUCTS,
  ...MAXIMA,
  ...ACTIVATIONS,
  ...NORMALISATIONS,
  ...MOVES,
};

/** What the operator of a node is. @throws InputError when it is not canonical. */
export function traitsOf({ op, name }: Node): OperatorTraits {
  const traits = Object.hasOwn(OPERATORS, op) ? OPERATORS[op] : undefined;
  if (traits) return traits;
  throw mismatch({
    what: 'operator',
    where: name,
    expected: Object.keys(OPERATORS).join(' '),
    got: op,
  });
}

/** The operators of a kind, by name. */
export function operatorsOf(kind: Kind): string[] {
  return Object.keys(OPERATORS).filter((op) => OPERATORS[op]?.kind === kind);
}

/** Whether the rules for linear layers apply to a node. */
export function isLinear(node: Node): boolean {
  return traitsOf(node).kind === 'linear';
}

import { type Constants, inputOf, type Node } from '../graph.js';
import type { Reads, SignRule, Zeros } from './traits.js';

/** Traits that several operators share. */

export const always = (): boolean => true;

export const ofOperand: SignRule = (node, holds) => holds(inputOf(node));

/** Weights and biases included. */
export const ofAllInputs: SignRule = (node, holds) =>
  node.inputs.every((input) => input === '' || holds(input));

export const kept = (): Zeros => 'kept';

/** Constants may be zero, or not, whatever the operands are. */
export const keptWithoutConstants = ({ inputs }: Node, { constants }: Constants): Zeros | undefined =>
  inputs.some((input) => constants.has(input)) ? undefined : 'kept';

export const ELEMENT: Reads = { kind: 'element' };

export const ALL: Reads = { kind: 'all' };

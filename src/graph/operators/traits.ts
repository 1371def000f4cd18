import type { Constants, Node, Shape } from '../graph.js';
import type { Tensor } from '../tensor.js';

/**
 * What an operator of the canonical form is. Stated once, for everything that must know: shape inference, rules and
 * composites, backward passes, incremental inference, passes and tables.
 */
export interface OperatorTraits {
  readonly kind: Kind;
  /** The shape of its output. @throws InputError when its inputs do not fit together. */
  readonly shape: ShapeRule;
  readonly reads: Reads;
  readonly weights?: Weights;
  /** Whether its output is never negative, whatever the network's input; absent: that is never known. */
  readonly nonNegative?: SignRule;
  /** Whether no output falls when an operand rises, so that bounds of the operands give bounds of the output. */
  readonly monotone?: (node: Node, graph: Constants) => boolean;
  /** Absent, or undefined for a node: nothing is known. */
  readonly zeros?: (node: Node, graph: Constants) => Zeros | undefined;
  /** Whether it is there to be multiplied with: the operand of a product that it made is the gate. */
  readonly gate?: true;
}

/**
 * What an operator computes:
 * - `linear`: sums weighted with constants; rules for linear layers apply to it, and positions in the network count it
 * - `sum`: sums, differences, means
 * - `product`: products of its operands
 * - `maximum`: the largest of some numbers
 * - `activation`: a function of one number, for every number
 * - `normalisation`: numbers in relation to those around them
 * - `move`: numbers that stay the same at other places; relevance and gradients take the way back, whatever the rule
 */
export type Kind = 'linear' | 'sum' | 'product' | 'maximum' | 'activation' | 'normalisation' | 'move';

/**
 * What an element of the output reads:
 * - `element`: the same element of every operand, operands repeated by numpy's rule
 * - `axis`: all along the axis in the attribute `axis`, or along `fallback` where there is no such attribute
 * - `window`: a window over the spatial axes ({@link windowGeometry}) in some or all channels
 * - `shift`: one element of the first operand, or none and is zero: `shifts` says which
 * - `all`: any element
 */
export type Reads =
  | { readonly kind: 'element' }
  | { readonly kind: 'axis'; readonly fallback: number }
  | { readonly kind: 'window'; readonly padding: Padding }
  | { readonly kind: 'shift'; readonly shifts: (node: Node, graph: Constants) => ReadonlyMap<number, Shift> }
  | { readonly kind: 'all' };

/** What lies beyond the border: zeros, or what never wins in max pooling. */
export type Padding = 'zero' | 'lowest';

/** On an axis, output o reads input start + o * step. */
export interface Shift {
  readonly start: number;
  readonly step: number;
}

/** Which inputs of an operator hold learned numbers. */
export interface Weights {
  /** Index of the input with the weights. */
  readonly input: number;
  /** Their axis that counts outputs; an output sums over all others. */
  readonly outputs: number;
  /** Index of the input with the biases, one an output; it may be absent from a node. */
  readonly bias: number;
}

/**
 * What becomes of zeros:
 * - `kept`: an output is zero where all that it reads is. Over operands that are never negative, a zero depends on zeros
 *   only: its derivative by anything else is zero. Where it reads one operand element by element, it never has the other
 *   sign
 * - `cut`: an activation that makes zero of everything up to zero, and something positive of the rest
 */
export type Zeros = 'kept' | 'cut';

/** What shape inference sees of the graph around a node. */
export interface ShapeContext {
  /** Shape of a computed value or constant. */
  shape(value: string): Shape;
  constant(value: string): Tensor | undefined;
}

export type ShapeRule = (node: Node, context: ShapeContext) => Shape;

/** `holds` says of a value, computed or constant, whether it is never negative. */
export type SignRule = (node: Node, holds: (value: string) => boolean) => boolean;

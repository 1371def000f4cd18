import type { GraphBuilder } from '../graph/builder.js';
import type { Graph, Node, Shape } from '../graph/graph.js';
import type { Arithmetic } from './arithmetic.js';
import type { Rule } from './rules.js';

/** Where a relevance map can differ from zero, by what the value that it belongs to is there. */
export type Support = 'anywhere' | 'nonzero' | 'positive';

/** Relevance (or a gradient) on a value of the forward graph. */
export interface Relevance {
  /** Name of the computed map, in the shape of the value. */
  readonly map: string;
  readonly support: Support;
}

/** What a node hands back to one of its inputs. */
export interface Share extends Relevance {
  readonly input: string;
}

/** Range of the network input, one number, one per channel or one per number of the input; the box of the zB rule. */
export interface Bounds {
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** What the backward pass of a node can see while it is written. */
export interface Scope {
  readonly builder: GraphBuilder;
  readonly calc: Arithmetic;
  /** The forward graph. */
  readonly graph: Graph;
  readonly shapes: ReadonlyMap<string, Shape>;
  readonly nonNegative: ReadonlySet<string>;
  readonly bounds: Bounds | undefined;
  /** Values at whose zeros gradients do not matter. */
  readonly deadZeros: ReadonlySet<string>;
  /** Outputs of ReLUs by what they rectify: equal to it wherever it is positive. */
  readonly rectified: Map<string, string>;
  /** Positive and negative halves of values that were needed so far. */
  readonly split: Map<string, { positive: string; negative: string }>;
  /** Dense weights derived from a layer's own so far. */
  readonly derived: Map<string, string>;
  /** Sums of contributions that were needed so far, by layer, sign, factor, bias and stabiliser. */
  readonly sums: Map<string, string>;
  /** Told where relevance goes, when someone wants to know. */
  readonly observer: Observer | undefined;
}

/** Watches a backward graph while it is written. */
export interface Observer {
  /** What lies on the logits. */
  start(relevance: Relevance): void;
  /** A part of a node's relevance that no computed input gets, one number an element of its output, and what takes it. */
  taken(node: Node, by: string, map: string): void;
  /** What a node received and what it hands back. */
  node(node: Node, rule: string, received: Relevance, shares: readonly Share[]): void;
}

/** Writes the backward pass of one node: relevance of its output in, relevance of its computed inputs out. */
export type Propagate = (scope: Scope, node: Node, relevance: Relevance, rule: Rule) => Share[];

/** The shape of a computed value or constant. */
export function shapeOf(scope: Scope, value: string): Shape {
  const shape = scope.shapes.get(value) ?? scope.graph.constants.get(value)?.dims;
  if (!shape) throw new Error(`no shape for value '${value}'`);
  return shape;
}

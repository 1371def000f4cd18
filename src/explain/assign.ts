import { InputError } from '../errors.js';
import { consumersOf, type Graph, inputOf, type Node, outputOf } from '../graph/graph.js';
import { isLinear, traitsOf } from '../graph/operators/table.js';
import { isAffine, preparations } from '../graph/raw-values.js';
import type { Composite, Line } from './composites.js';
import { parseRule, type Rule } from './rules.js';

/** A rule, and how it is written. */
export interface AssignedRule {
  readonly name: string;
  readonly rule: Rule;
}

/**
 * The rule of every node of a graph. What prepares the input ahead of the first layer is outside the rules: relevance
 * passes it, and gradients take the derivative.
 * @throws InputError when a node fits no line.
 */
export function assignRules(graph: Graph, composite: Composite): Map<Node, AssignedRule> {
  const fits = matcherOf(graph);
  const outside = preparations(graph);
  const named = new Map(graph.nodes.map((node) => [node.name, node]));
  const ruleOf = (node: Node): AssignedRule => {
    const completed = node.completes === undefined ? undefined : named.get(node.completes);
    if (completed) return ofConstants(ruleOf(completed));
    const line = composite.find(({ match }) => fits(node, match));
    if (!line) throw new InputError(`no line of the composite fits ${node.op} '${node.name}'`);
    const rule = assigned(line);
    return outside.has(node) ? ofConstants(rule) : rule;
  };
  return new Map(graph.nodes.map((node) => [node, ruleOf(node)]));
}

/** The rule of constant factors and summands that complete a node or prepare the input, from the rule around them. */
function ofConstants(assigned: AssignedRule): AssignedRule {
  return assigned.rule.kind === 'gradient' ? assigned : { name: 'pass', rule: { kind: 'pass' } };
}

function assigned({ rule, stabiliser, bias, zeros }: Line): AssignedRule {
  const options = [
    ...(stabiliser === undefined ? [] : [`stabiliser ${stabiliser}`]),
    ...(bias === false ? ['no bias'] : bias === 'spread' ? ['bias spread'] : []),
    ...(zeros === undefined ? [] : [`zeros ${zeros}`]),
  ];
  return { name: [rule, ...options].join(', '), rule: parseRule(rule, { stabiliser, bias, zeros }) };
}

interface Place {
  readonly index: number;
  readonly first: boolean;
  readonly last: boolean;
}

/** Says of every node of a graph whether it fits all conditions of a line. */
export function matcherOf(graph: Graph): (node: Node, match: Line['match']) => boolean {
  const places = placesOf(graph);
  const activating = besideActivations(graph);
  return (node, { op, name, position, beside }) =>
    (op === undefined || [op].flat().includes(node.op)) &&
    (name === undefined || globPattern(name).test(node.name)) &&
    (position === undefined || standsAt(places.get(node), position)) &&
    (beside === undefined || activating.has(node));
}

function standsAt(place: Place | undefined, position: NonNullable<Line['match']['position']>): boolean {
  if (!place) return false;
  if (typeof position === 'string') return place[position];
  const [from, to] = typeof position === 'number' ? [position, position] : position;
  return from <= place.index && place.index <= to;
}

function globPattern(glob: string): RegExp {
  const parts = glob.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}

/** Where each linear layer stands among the others. */
function placesOf(graph: Graph): Map<Node, Place> {
  const consumers = consumersOf(graph);
  const behindLinear = new Set<string>();
  const beforeLinear = new Set<Node>();
  for (const node of graph.nodes) {
    if (isLinear(node) || node.inputs.some((input) => behindLinear.has(input))) {
      behindLinear.add(outputOf(node));
    }
  }
  for (const node of [...graph.nodes].reverse()) {
    const readers = consumers.get(outputOf(node)) ?? [];
    if (readers.some((reader) => isLinear(reader) || beforeLinear.has(reader))) beforeLinear.add(node);
  }
  const layers = graph.nodes.filter(isLinear);
  return new Map(
    layers.map((node, index) => [
      node,
      {
        index,
        first: !node.inputs.some((input) => behindLinear.has(input)),
        last: !beforeLinear.has(node),
      },
    ]),
  );
}

/** The linear layers that feed or read an activation or a product of two computed values, directly but for moves. */
function besideActivations(graph: Graph): Set<Node> {
  const acts = (node: Node) => {
    const { kind, gate } = traitsOf(node);
    return kind === 'activation' ? !gate && node.op !== 'Tanh' : node.op === 'Mul' && !isAffine(graph, node);
  };
  const isMove = (node: Node) => traitsOf(node).kind === 'move';
  const made = new Set<string>();
  for (const node of graph.nodes) {
    if (acts(node) || (isMove(node) && node.inputs.some((input) => made.has(input))))
      made.add(outputOf(node));
  }
  const read = new Set<string>();
  for (const node of graph.nodes.toReversed()) {
    if (acts(node) || (isMove(node) && read.has(outputOf(node))))
      for (const input of node.inputs) read.add(input);
  }
  return new Set(
    graph.nodes.filter((node) => isLinear(node) && (made.has(inputOf(node)) || read.has(outputOf(node)))),
  );
}

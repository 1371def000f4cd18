import { type Graph, type Node, outputOf } from './graph.js';
import { isLinear, traitsOf } from './operators/table.js';

/**
 * The values that no linear layer has worked on: the network's input, unless a layer made that, and what is made of it before
 * the first layer.
 */
export function rawValues(graph: Graph): Set<string> {
  const raw = new Set(graph.inputs.filter(({ embedded }) => !embedded).map(({ name }) => name));
  for (const node of graph.nodes) {
    const computed = node.inputs.filter((input) => input && !graph.constants.has(input));
    if (!isLinear(node) && computed.every((input) => raw.has(input))) raw.add(outputOf(node));
  }
  return raw;
}

/**
 * The nodes that prepare the input (normalise, rescale) ahead of the first linear layer: what the canonical form could not
 * make part of that layer. They belong to no layer, so relevance goes through them unchanged, whatever the rules.
 */
export function preparations(graph: Graph): Set<Node> {
  const raw = rawValues(graph);
  return new Set(graph.nodes.filter((node) => raw.has(outputOf(node)) && isAffine(graph, node)));
}

/** Whether a node multiplies with constants or adds some, and does nothing else. */
export function isAffine({ constants }: Graph, { op, inputs }: Node): boolean {
  if (op === 'BatchNormalization') return true;
  return (op === 'Mul' || op === 'Add') && inputs.some((input) => constants.has(input));
}

/** The input, and what is only moved and prepared of it. */
export function inputSide(graph: Graph): Set<string> {
  const found = new Set(graph.inputs.map(({ name }) => name));
  const prepared = preparations(graph);
  for (const node of graph.nodes) {
    const computed = node.inputs.filter((input) => input && !graph.constants.has(input));
    const keeps = traitsOf(node).kind === 'move' || prepared.has(node);
    if (keeps && computed.every((input) => found.has(input))) found.add(outputOf(node));
  }
  return found;
}

import { constantInput, consumersOf, type Graph, intOf, type Node, outputOf } from '../../graph/graph.js';
import { hasPlaces } from '../../graph/operators/linear.js';
import { traitsOf } from '../../graph/operators/table.js';
import { type Tensor, toInts } from '../../graph/tensor.js';

/**
 * Whether nothing of tokens [batch, tokens, features] but the first one reaches the logits: behind the last attention, a
 * network that classifies by its class token reads no other.
 */
export function readsClassTokenOnly(graph: Graph, tokens: string): boolean {
  const consumers = consumersOf(graph);
  const seen = new Set<string>();
  const waiting = [tokens];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (graph.outputs.includes(value)) return false;
    for (const node of consumers.get(value) ?? []) {
      if (cutsToken(graph, node, 0)) continue;
      if (!isTokenwise(node)) return false;
      if (!seen.has(outputOf(node))) waiting.push(outputOf(node));
      seen.add(outputOf(node));
    }
  }
  return true;
}

/** Whether a node keeps one token of [batch, tokens, features] and drops the others. */
export function cutsToken(graph: Graph, node: Node, token: number): boolean {
  if (node.op !== 'Slice') return false;
  const [starts, ends, axes] = [1, 2, 3].map((i) => toInts(constantInput(graph, node, i) as Tensor)) as [
    number[],
    number[],
    number[],
  ];
  return axes.some((axis, i) => axis === 1 && starts[i] === token && ends[i] === token + 1);
}

/** Whether a node computes each token's features from its own. */
function isTokenwise(node: Node): boolean {
  const { reads } = traitsOf(node);
  const along = reads.kind === 'axis' ? intOf(node, 'axis', reads.fallback) : undefined;
  return hasPlaces(node) || reads.kind === 'element' || (along !== undefined && along !== 1);
}

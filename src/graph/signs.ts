import { type Graph, outputOf } from './graph.js';
import { traitsOf } from './operators/table.js';

/**
 * The computed values of a canonical graph that are never negative, whatever the input: outputs of ReLU, of pooling
 * over ReLU and so on. Rules that split inputs by sign need half the work there.
 */
export function nonNegativeValues(graph: Graph): Set<string> {
  const known = new Set<string>();
  const holds = (value: string) =>
    known.has(value) || graph.constants.get(value)?.data.every((x: number | bigint) => x >= 0) === true;
  for (const node of graph.nodes) {
    if (traitsOf(node).nonNegative?.(node, holds)) known.add(outputOf(node));
  }
  return known;
}

import { consumersOf, type Graph, inputOf, type Node, outputOf } from '../graph.js';
import { isLinear, traitsOf } from '../operators/table.js';
import { isAffine } from '../raw-values.js';
import { POOLS } from './move-affine.js';

/** The values that nothing reads but convolutions and dense layers, directly or through what an affine map can get past. */
export function valuesForLayers(graph: Graph): Set<string> {
  const readers = consumersOf(graph);
  const found = new Set<string>();
  const isPassable = (node: Node) =>
    traitsOf(node).kind === 'move' || POOLS.has(node.op) || isAffine(graph, node);
  const values = [...graph.inputs.map(({ name }) => name), ...graph.nodes.map(outputOf)];
  for (const value of values.reverse()) {
    const own = readers.get(value) ?? [];
    const forLayers = own.every(
      (node) =>
        (isLinear(node) && inputOf(node) === value) || (isPassable(node) && found.has(outputOf(node))),
    );
    if (own.length > 0 && forLayers && !graph.outputs.includes(value)) found.add(value);
  }
  return found;
}

import { consumersOf, type Graph, inputOf, type Node, outputOf } from '../graph.js';
import { isLayer } from './layer.js';

/** Operators that an affine map can get past, or that are affine maps. */
const PASSABLE = new Set([
  'Transpose',
  'Reshape',
  'Slice',
  'Pad',
  'Concat',
  'AveragePool',
  'MaxPool',
  'BatchNormalization',
]);

/** The values that nothing reads but convolutions and dense layers, directly or through what an affine map can get past. */
export function valuesForLayers(graph: Graph): Set<string> {
  const readers = consumersOf(graph);
  const found = new Set<string>();
  const isPassable = (node: Node) =>
    PASSABLE.has(node.op) ||
    ((node.op === 'Mul' || node.op === 'Add') && node.inputs.some((input) => graph.constants.has(input)));
  const values = [...graph.inputs.map(({ name }) => name), ...graph.nodes.map(outputOf)];
  for (const value of values.reverse()) {
    const own = readers.get(value) ?? [];
    const forLayers = own.every(
      (node) => (isLayer(node) && inputOf(node) === value) || (isPassable(node) && found.has(outputOf(node))),
    );
    if (own.length > 0 && forLayers && !graph.outputs.includes(value)) found.add(value);
  }
  return found;
}

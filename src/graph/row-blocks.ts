import { type Constants, constantInput, inputOf, type Node } from './graph.js';
import { byteLengthOf, type FloatTensor, type Tensor, toInts } from './tensor.js';

/** Bytes of dense weights from which on a copy counts. */
const LARGE = 2 ** 24;

/** Whether a constant is so large that there should not be several of it. */
export function isLarge(tensor: Tensor | undefined): tensor is FloatTensor {
  return tensor?.type === 'float32' && byteLengthOf(tensor) >= LARGE;
}

/** The rows of a large constant that a node cuts out, as they lie in it; undefined for all other nodes. */
export function largeRows(
  graph: Constants,
  node: Node,
): { source: FloatTensor; from: number; to: number } | undefined {
  const source = graph.constants.get(inputOf(node));
  if (node.op !== 'Slice' || !isLarge(source)) return undefined;
  const [from, to, axes, steps] = [1, 2, 3, 4].map((i) => {
    const bound = constantInput(graph, node, i);
    return bound && toInts(bound);
  });
  if (`${axes}` !== '0' || steps || !from || !to) return undefined;
  return { source, from: from[0] as number, to: to[0] as number };
}

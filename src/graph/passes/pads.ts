import { type Graph, inputOf, intsOf, type Node } from '../graph.js';
import { type Tensor, toInts } from '../tensor.js';

/** The zeros that a Pad puts around spatial axes (begin of each, then end), when it pads no other ones. */
export function spatialPads(node: Node, constants: Graph['constants']): number[] | undefined {
  if (node.op !== 'Pad') return undefined;
  const pads = toInts(constants.get(inputOf(node, 1)) as Tensor);
  const rank = pads.length / 2;
  const [begin, end] = [pads.slice(0, rank), pads.slice(rank)];
  if (begin[1] !== 0 || end[1] !== 0) return undefined;
  return [...begin.slice(2), ...end.slice(2)];
}

/** A convolution with more padding of its own. */
export function withPads(node: Node, more: readonly number[]): Node {
  const pads = intsOf(node, 'pads').map((pad, i) => pad + (more[i] as number));
  return { ...node, attributes: { ...node.attributes, pads } };
}

import { inputOf, intsOf, type Node, type Shape } from '../graph.js';

/**
 * A Transpose or Reshape that reads what `before` computes, as one node that reads what that reads; undefined when they
 * cannot be one.
 */
export function joinedMove(before: Node | undefined, node: Node): Node | undefined {
  if (before?.op !== node.op) return undefined;
  const inputs = [inputOf(before), ...node.inputs.slice(1)];
  if (node.op === 'Reshape') return { ...node, inputs };
  if (node.op !== 'Transpose') return undefined;
  const [first, second] = [intsOf(before, 'perm'), intsOf(node, 'perm')];
  return { ...node, inputs, attributes: { perm: second.map((axis) => first[axis] as number) } };
}

/** Whether a node leaves all numbers where they are. */
export function movesNothing(node: Node, from: Shape, to: Shape): boolean {
  if (node.op === 'Transpose') return intsOf(node, 'perm').every((axis, i) => axis === i);
  return node.op === 'Reshape' && `${from}` === `${to}`;
}

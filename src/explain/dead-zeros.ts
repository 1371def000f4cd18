import { type Graph, type Node, outputOf } from '../graph/graph.js';
import { traitsOf } from '../graph/operators/table.js';
import type { AssignedRule } from './assign.js';
import type { Rule } from './rules.js';

/** Rules under which an activation hands no gradient to what it makes zero of. */
const CUTTING: readonly (Rule['kind'] | undefined)[] = ['gradient', 'guided'];

/**
 * Values that are never negative, and whose zeros all come from ReLUs that hand no gradient back there: what a gradient
 * is at these zeros does not matter.
 * @param nodes those that the gradient passes: what stands before them gets it as it is, at zeros, too
 * @param ends values whose gradient is asked for
 */
export function deadZeros(
  nodes: readonly Node[],
  graph: Graph,
  rules: ReadonlyMap<Node, AssignedRule>,
  ends: readonly string[],
): Set<string> {
  const dead = new Set<string>();
  const computed = (input: string) => input !== '' && !graph.constants.has(input);
  const isDead = (node: Node): boolean => {
    const zeros = traitsOf(node).zeros?.(node, graph);
    if (zeros === 'cut') return CUTTING.includes(rules.get(node)?.rule.kind);
    return zeros === 'kept' && node.inputs.filter(computed).every((input) => dead.has(input));
  };
  for (const node of nodes) if (!ends.includes(outputOf(node)) && isDead(node)) dead.add(outputOf(node));
  return dead;
}

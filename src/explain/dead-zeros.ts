import { constantInput, type Graph, inputOf, type Node, outputOf } from '../graph/graph.js';

/**
 * Values that are never negative, and whose zeros all come from ReLUs that hand no gradient back there: what a gradient
 * is at these zeros does not matter.
 */
export function deadZeros(graph: Graph, rules: ReadonlyMap<Node, string>): Set<string> {
  const dead = new Set<string>();
  for (const node of graph.nodes)
    if (isDead(node, graph, rules.get(node) ?? '', dead)) dead.add(outputOf(node));
  return dead;
}

function isDead(node: Node, graph: Graph, rule: string, dead: ReadonlySet<string>): boolean {
  switch (node.op) {
    case 'Relu':
      return rule === 'gradient' || rule === 'guided';
    case 'Clip':
      return rule === 'gradient' && Number(constantInput(graph, node, 1)?.data[0]) === 0;
    case 'MaxPool':
    case 'AveragePool':
    case 'LRN':
    case 'Reshape':
    case 'Transpose':
    case 'Slice':
    case 'Pad':
      return dead.has(inputOf(node));
    case 'Concat':
    case 'Add':
      return node.inputs.every((input) => dead.has(input));
    default:
      return false;
  }
}

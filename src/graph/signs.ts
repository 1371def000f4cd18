import { constantInput, floatOf, type Graph, inputOf, type Node, outputOf } from './graph.js';

/**
 * The computed values of a canonical graph that are never negative, whatever the input: outputs of ReLU, of pooling
 * over ReLU and so on. Rules that split inputs by sign need half the work there.
 */
export function nonNegativeValues(graph: Graph): Set<string> {
  const known = new Set<string>();
  const holds = (value: string) =>
    known.has(value) || graph.constants.get(value)?.data.every((x: number | bigint) => x >= 0) === true;
  for (const node of graph.nodes) if (isNonNegative(node, graph, holds)) known.add(outputOf(node));
  return known;
}

function isNonNegative(node: Node, graph: Graph, holds: (value: string) => boolean): boolean {
  switch (node.op) {
    case 'Relu':
    case 'Sigmoid':
    case 'HardSigmoid':
    case 'Softmax':
      return true;
    case 'Clip':
      return holds(inputOf(node)) || Number(constantInput(graph, node, 1)?.data[0]) >= 0;
    case 'LRN':
      return holds(inputOf(node)) && floatOf(node, 'bias', 1) > 0 && floatOf(node, 'alpha', 1e-4) >= 0;
    case 'LeakyRelu':
    case 'Elu':
    case 'Tanh':
    case 'HardSwish':
    case 'MaxPool':
    case 'AveragePool':
    case 'Reshape':
    case 'Transpose':
    case 'Slice':
    case 'Pad':
      return holds(inputOf(node));
    case 'Conv':
    case 'Gemm':
    case 'Add':
    case 'Mul':
    case 'Concat':
      return node.inputs.every((input) => input === '' || holds(input));
    case 'Max':
      return node.inputs.some(holds);
    default:
      return false;
  }
}

import { type Constants, constantInput, inputOf, type Node } from '../graph.js';
import { sizeOf, type Tensor } from '../tensor.js';
import { traitsOf } from './table.js';
import type { Weights } from './traits.js';

/** The names of a node's weights and biases. */
export function learnedInputs(node: Node): string[] {
  const { weights } = traitsOf(node);
  return weights ? [weights.input, weights.bias].map((index) => inputOf(node, index)).filter(Boolean) : [];
}

/** How many numbers one output sums over, from the dimensions of the weights. */
export function fanIn({ outputs }: Weights, dims: readonly number[]): number {
  return sizeOf(dims.filter((_, axis) => axis !== outputs));
}

/** Multiplications with weights that it takes a linear layer to compute `count` outputs; none in other nodes. */
export function multiplyAdds(graph: Constants, node: Node, count: number): number {
  const { kind, weights } = traitsOf(node);
  if (kind !== 'linear' || !weights) return 0;
  return count * fanIn(weights, (constantInput(graph, node, weights.input) as Tensor).dims);
}

import { inputOf, type Node } from '../../graph/graph.js';
import { floatTensor, sizeOf } from '../../graph/tensor.js';
import { type Relevance, type Scope, type Share, shapeOf } from '../scope.js';
import { mappedBias, product, transposedProduct } from './products.js';
import { NONE, type WeightMap } from './weight-maps.js';

/** R_i = sum_j v_ij / sum_i v_ij R_j, where v_ij depends on the weights only and counts the inputs that exist. */
export function shareByWeights(
  scope: Scope,
  node: Node,
  { map }: Relevance,
  weights: WeightMap,
  stabiliser: number,
): Share {
  const input = inputOf(node);
  const [, ...dims] = shapeOf(scope, input);
  const ones = scope.builder.constant(
    () => floatTensor([1, ...dims], new Float32Array(sizeOf(dims)).fill(1)),
    `ones:${dims}`,
  );
  const sum = product(scope, node, ones, weights, mappedBias(scope, node, NONE, stabiliser));
  const fraction = scope.calc.div(map, sum);
  return { input, map: transposedProduct(scope, node, fraction, weights), support: 'anywhere' };
}

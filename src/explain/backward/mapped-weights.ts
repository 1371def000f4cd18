import { inputOf, type Node } from '../../graph/graph.js';
import { derivedTensor, type FloatTensor } from '../../graph/tensor.js';
import type { Scope } from '../scope.js';
import { IDENTITY, keyOf, mapped, type WeightMap } from './weight-maps.js';

/** The weights of a convolution or dense layer. */
export function weightsOf(scope: Scope, node: Node): FloatTensor {
  const tensor = scope.graph.constants.get(inputOf(node, 1));
  if (tensor?.type !== 'float32') throw new Error(`${node.op} '${node.name}' has no constant weights`);
  return tensor;
}

/** A constant of mapped weights. */
export function mappedWeights(scope: Scope, node: Node, weights: WeightMap): string {
  const source = inputOf(node, 1);
  if (keyOf(weights) === keyOf(IDENTITY)) return source;
  return scope.builder.constant(
    () => {
      const own = weightsOf(scope, node);
      return derivedTensor(own.dims, () => mapped(own.data.slice(), weights));
    },
    `${source}(${keyOf(weights)})`,
  );
}

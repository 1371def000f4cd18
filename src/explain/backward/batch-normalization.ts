import { inputOf, type Node } from '../../graph/graph.js';
import { batchNormalisation } from '../../graph/passes/affine.js';
import { floatTensor } from '../../graph/tensor.js';
import { type Propagate, type Scope, shapeOf } from '../scope.js';

/** A factor and a summand a channel: the relevance stays where it is. */
export const normalizationPass: Propagate = (_, node, { map }) => [
  { input: inputOf(node), map, support: 'anywhere' },
];

export const normalizationGradient: Propagate = (scope, node, { map }) => [
  { input: inputOf(node), map: scope.calc.mul(map, factorOf(scope, node)), support: 'anywhere' },
];

/** The factor of every channel, [1, channels, 1...]. */
function factorOf(scope: Scope, node: Node): string {
  return scope.builder.constant(() => {
    const { scale } = batchNormalisation(scope.graph, node, shapeOf(scope, inputOf(node)).length);
    return floatTensor(scale.dims, Float32Array.from(scale.data));
  }, `${node.name}/factor`);
}

import { floatOf, inputOf, type Node } from '../../graph/graph.js';
import type { Propagate, Scope } from '../scope.js';

/** LayerNorm and RMSNorm along the last axis: the derivative. */
export const normalisationGradient: Propagate = (scope, node, { map }) => {
  const { calc } = scope;
  const { inverse, normalised, centred } = partsOf(scope, node);
  const scaled = calc.mul(map, inputOf(node, 1));
  const along = calc.mul(normalised, meanOf(scope, calc.mul(scaled, normalised)));
  const rest = calc.sub(centred ? calc.sub(scaled, meanOf(scope, scaled)) : scaled, along);
  return [{ input: inputOf(node), map: calc.mul(rest, inverse), support: 'anywhere' }];
};

/** The same with the deviation as a constant; the mean is none. */
export const normalisationByDeviation: Propagate = (scope, node, { map }) => {
  const { calc } = scope;
  const { inverse, centred } = partsOf(scope, node);
  if (centred) scope.observer?.taken(node, 'shift of the norm', calc.mul(map, inputOf(node, 2)));
  const scaled = calc.mul(map, inputOf(node, 1));
  const rest = centred ? calc.sub(scaled, meanOf(scope, scaled)) : scaled;
  return [{ input: inputOf(node), map: calc.mul(rest, inverse), support: 'anywhere' }];
};

function partsOf(scope: Scope, node: Node) {
  const { calc } = scope;
  const x = inputOf(node);
  const centred = node.op === 'LayerNormalization';
  const values = centred ? calc.sub(x, meanOf(scope, x)) : x;
  const variance = meanOf(scope, calc.mul(values, values));
  const inverse = calc.div(1, calc.sqrt(calc.add(variance, floatOf(node, 'epsilon', 1e-5))));
  return { centred, inverse, normalised: calc.mul(values, inverse) };
}

function meanOf({ builder }: Scope, value: string): string {
  return builder.add('ReduceMean', [value, builder.ints([-1])], { keepdims: 1 });
}

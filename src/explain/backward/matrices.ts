import { InputError } from '../../errors.js';
import { inputOf, type Node } from '../../graph/graph.js';
import { traitsOf } from '../../graph/operators/table.js';
import { type Propagate, type Scope, type Share, shapeOf } from '../scope.js';
import { makerOf } from './gates.js';

/** Products of two computed matrices: the derivative. */
export const matrixGradient: Propagate = (scope, node, { map }) => matrixShares(scope, node, map);

/** Half to each matrix, as ratios. */
export const matrixUniform: Propagate = (scope, node, { map }) =>
  matrixShares(scope, node, scope.calc.mul(map, 0.5));

/** Probabilities count as constants: all goes to what they weigh. */
export const matrixGate: Propagate = (scope, node, { map }) => {
  const gates = node.inputs.filter((input) => {
    const maker = makerOf(scope.graph, input);
    return maker && traitsOf(maker).gate;
  });
  if (gates.length === 1) return matrixShares(scope, node, map).filter(({ input }) => input !== gates[0]);
  throw new InputError(
    `rule gate of ${node.op} '${node.name}': expected one operand that a softmax made, got ${gates.length}`,
  );
};

function matrixShares(scope: Scope, node: Node, map: string): Share[] {
  const { builder } = scope;
  const rank = shapeOf(scope, inputOf(node)).length;
  const perm = Array.from({ length: rank }, (_, axis) => axis);
  perm.push(...(perm.splice(rank - 2).reverse() as [number, number]));
  const turned = (value: string) => builder.add('Transpose', [value], { perm });
  const [a, b] = [inputOf(node), inputOf(node, 1)];
  return [
    { input: a, map: builder.add('MatMul', [map, turned(b)]), support: 'anywhere' },
    { input: b, map: builder.add('MatMul', [turned(a), map]), support: 'anywhere' },
  ];
}

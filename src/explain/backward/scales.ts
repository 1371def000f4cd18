import { InputError } from '../../errors.js';
import type { Node } from '../../graph/graph.js';
import { type Affine, affineOf, sourceOf } from '../../graph/passes/affine.js';
import { Allowance, isUniform } from '../../graph/passes/field.js';
import { floatTensor } from '../../graph/tensor.js';
import { type Scope, shapeOf } from '../scope.js';
import { keyOf, mapped, type WeightMap } from './weight-maps.js';

/*
 * Scales are linear layers whose every neuron reads one number: batch normalisations that no layer could take in, and
 * products with constants. Relevance passes them unless a composite says otherwise.
 */

export function isScale({ op }: Node): boolean {
  return op === 'BatchNormalization' || op === 'Mul';
}

/** The mapped factors times `x`. Scales are their own transposes. */
export function scaleProduct(scope: Scope, node: Node, x: string, weights: WeightMap): string {
  const factors = scope.builder.constant(
    () => {
      const { dims, data } = affine(scope, node).scale;
      return floatTensor(dims, mapped(Float32Array.from(data), weights));
    },
    `${node.name}/factors(${keyOf(weights)})`,
  );
  return scope.calc.mul(x, factors);
}

/** The mapped summands, and `plus`; undefined when all of it would be zero. */
export function scaleBias(scope: Scope, node: Node, bias: WeightMap, plus: number): string | undefined {
  const { shift } = affine(scope, node);
  if (isUniform(shift, 0) && plus === 0) return undefined;
  return scope.builder.constant(
    () => {
      const data = mapped(Float32Array.from(shift.data), bias);
      return floatTensor(
        shift.dims,
        data.map((value) => value + plus),
      );
    },
    `${node.name}/summands(${keyOf(bias)})+${plus}`,
  );
}

function affine({ graph, ...scope }: Scope, node: Node): Affine {
  const source = sourceOf(graph, node);
  const found = affineOf(graph, node, shapeOf({ graph, ...scope }, source), new Allowance());
  if (!found) {
    throw new InputError(
      `${node.op} '${node.name}' repeats its input and is no layer: it takes no rule for linear layers`,
    );
  }
  return found;
}

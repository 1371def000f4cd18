import { inputOf, type Node } from '../../graph/graph.js';
import { floatTensor } from '../../graph/tensor.js';
import type { Scope } from '../scope.js';
import { convolution, transposedConvolution } from './convolutions.js';
import { denseProduct, transposedDense } from './dense.js';
import { weightsOf } from './mapped-weights.js';
import { isScale, scaleBias, scaleProduct } from './scales.js';
import { keyOf, mapped, type WeightMap } from './weight-maps.js';

/** The product of a layer's mapped weights with `x`, plus a bias (the name of a constant) if there is one. */
export function product(scope: Scope, node: Node, x: string, weights: WeightMap, bias?: string): string {
  if (!isScale(node)) return (node.op === 'Gemm' ? denseProduct : convolution)(scope, node, x, weights, bias);
  const scaled = scaleProduct(scope, node, x, weights);
  return bias ? scope.calc.add(scaled, bias) : scaled;
}

/** The product of the transposed mapped weights with `s`, which has the shape of the node's output. */
export function transposedProduct(scope: Scope, node: Node, s: string, weights: WeightMap): string {
  if (isScale(node)) return scaleProduct(scope, node, s, weights);
  return (node.op === 'Gemm' ? transposedDense : transposedConvolution)(scope, node, s, weights);
}

/**
 * A constant with the map applied to the layer's bias and `plus` added, or undefined when all of it would be zero. It has
 * one number a channel of the output; that of a scale is repeated over the output by numpy's rule.
 */
export function mappedBias(scope: Scope, node: Node, bias: WeightMap, plus = 0): string | undefined {
  if (isScale(node)) return scaleBias(scope, node, bias, plus);
  const source = inputOf(node, 2);
  if (!source && plus === 0) return undefined;
  const size = weightsOf(scope, node).dims[0] as number;
  return scope.builder.constant(
    () => {
      const given = scope.graph.constants.get(source)?.data as Float32Array | undefined;
      const data = mapped(given?.slice() ?? new Float32Array(size), bias);
      return floatTensor(
        [size],
        data.map((value) => value + plus),
      );
    },
    `${node.name}/bias(${keyOf(bias)})+${plus}`,
  );
}

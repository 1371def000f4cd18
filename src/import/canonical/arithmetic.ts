import { type FloatTensor, floatTensor } from '../../graph/tensor.js';
import { Unsupported } from '../unsupported.js';
import type { NetworkWriter } from './writer.js';

/** Per-channel parameters of a batch normalisation, each of shape [channels]. */
export interface BatchNormParameters {
  readonly scale: FloatTensor;
  readonly shift: FloatTensor;
  readonly mean: FloatTensor;
  readonly variance: FloatTensor;
  readonly epsilon: number;
}

/**
 * A BatchNormalization: scale (x - mean) / sqrt(variance + epsilon) + shift for every channel (axis 1). The pass
 * `mergeAffine` merges it into a neighbour.
 */
export function addBatchNorm(
  writer: NetworkWriter,
  x: string,
  { scale, shift, mean, variance, epsilon }: BatchNormParameters,
  name: string,
): string {
  const parameters = Object.entries({ scale, shift, mean, variance }).map(([key, tensor]) =>
    writer.weights(tensor, `${name}.${key}`),
  );
  return writer.add('BatchNormalization', [x, ...parameters], { epsilon: { float: epsilon } }, name);
}

/** x * constant or x + constant, the constant repeated by numpy's rule. The pass `mergeAffine` merges it into a neighbour. */
export function addConstantOperand(
  writer: NetworkWriter,
  op: 'Mul' | 'Add',
  x: string,
  constant: { readonly dims: readonly number[]; readonly data: ArrayLike<number> },
  name: string,
): string {
  const dims = alignedDims(constant.dims, writer.shape(x));
  const numbers = floatTensor(dims, constant.data);
  const part = op === 'Mul' ? 'factor' : 'summand';
  return writer.add(op, [x, writer.weights(numbers, `${name}.${part}`)], {}, name);
}

/** The constant's dimensions with 1 put before them up to the rank of `shape`. */
export function alignedDims(dims: readonly number[], shape: readonly number[]): number[] {
  const aligned = shape.map((_, axis) => dims[axis - shape.length + dims.length] ?? 1);
  const fits = dims.length <= shape.length && aligned.every((dim, axis) => dim === 1 || dim === shape[axis]);
  if (!fits)
    throw new Unsupported(`a constant of shape [${dims}] does not repeat over [batch, ${shape.slice(1)}]`);
  return aligned;
}

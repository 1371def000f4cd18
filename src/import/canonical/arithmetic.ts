import { type FloatTensor, floatTensor } from '../../graph/tensor.js';
import { Unsupported } from '../unsupported.js';
import { addRepeats } from './layout.js';
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

/**
 * x * constant or x + constant, either repeated by numpy's rule. The pass `mergeAffine` merges it into a neighbour.
 */
export function addConstantOperand(
  writer: NetworkWriter,
  op: 'Mul' | 'Add',
  x: string,
  constant: { readonly dims: readonly number[]; readonly data: ArrayLike<number> },
  name: string,
): string {
  const repeated = repeatedOver(writer, x, constant.dims, `${name}.repeated`);
  const dims = alignedDims(constant.dims, writer.shape(repeated));
  const numbers = floatTensor(dims, constant.data);
  const part = op === 'Mul' ? 'factor' : 'summand';
  return writer.add(op, [repeated, writer.weights(numbers, `${name}.${part}`)], {}, name);
}

/** -x */
export function addNegative(writer: NetworkWriter, x: string, name: string): string {
  return addConstantOperand(writer, 'Mul', x, { dims: [], data: [-1] }, name);
}

/** The value repeated along its axes of size 1 that are longer in `dims`. */
function repeatedOver(writer: NetworkWriter, x: string, dims: readonly number[], name: string): string {
  const shape = writer.shape(x);
  return shape.reduce<string>((value, size, axis) => {
    const wanted = dims[axis - shape.length + dims.length] ?? 1;
    return size === 1 && wanted > 1 ? addRepeats(writer, value, axis, wanted, name) : value;
  }, x);
}

/** The constant's dimensions with 1 put before them up to the rank of `shape`. */
export function alignedDims(dims: readonly number[], shape: readonly number[]): number[] {
  const aligned = shape.map((_, axis) => dims[axis - shape.length + dims.length] ?? 1);
  const fits = dims.length <= shape.length && aligned.every((dim, axis) => dim === 1 || dim === shape[axis]);
  if (!fits)
    throw new Unsupported(`a constant of shape [${dims}] does not repeat over [batch, ${shape.slice(1)}]`);
  return aligned;
}

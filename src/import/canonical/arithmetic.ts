import { copyStrided, repeatingStrides } from '../../graph/strided.js';
import { type FloatTensor, floatTensor, sizeOf } from '../../graph/tensor.js';
import { Unsupported } from '../unsupported.js';
import { addReshape } from './layout.js';
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
 * A BatchNormalization: scale (x - mean) / sqrt(variance + epsilon) + shift for every channel (axis 1). It is not
 * canonical yet: the pass `mergeBatchNorm` merges it into a neighbour or writes it as a convolution.
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

/** x * scale + shift for every channel (axis 1). */
export function addScaleShift(
  writer: NetworkWriter,
  x: string,
  scale: Float32Array,
  shift: Float32Array,
  name: string,
): string {
  const channels = scale.length;
  const perChannel = (data: Float32Array) => floatTensor([channels], data);
  return addBatchNorm(
    writer,
    x,
    {
      scale: perChannel(scale),
      shift: perChannel(shift),
      mean: perChannel(new Float32Array(channels)),
      variance: perChannel(new Float32Array(channels).fill(1)),
      epsilon: 0,
    },
    name,
  );
}

/**
 * x * constant or x + constant, the constant repeated by numpy's rule. A constant that is the same over a whole
 * channel becomes a {@link addScaleShift}; any other factor stays a Mul, any other summand is shifted element by
 * element.
 */
export function addConstantOperand(
  writer: NetworkWriter,
  op: 'Mul' | 'Add',
  x: string,
  constant: { readonly dims: readonly number[]; readonly data: ArrayLike<number> },
  name: string,
): string {
  const shape = writer.shape(x);
  const dims = alignedDims(constant.dims, shape);
  const perChannel = dims.every((dim, axis) => axis === 1 || dim === 1);
  const repeatedTo = (axes: readonly number[]) => {
    writer.generated.add(sizeOf(axes.slice(1)), name);
    return repeat(constant.data, dims, axes);
  };
  if (perChannel) return scaleOrShift(writer, op, x, repeatedTo(shape.slice(0, 2)), name);
  const all = repeatedTo(shape);
  const sample = shape.slice(1);
  if (op === 'Mul') {
    return writer.add(
      'Mul',
      [x, writer.weights(floatTensor([1, ...sample], all), `${name}.factor`)],
      {},
      name,
    );
  }
  const flat = addReshape(writer, x, [sizeOf(sample)], `${name}.flat`);
  return addReshape(writer, scaleOrShift(writer, op, flat, all, name), sample, `${name}.shaped`);
}

function scaleOrShift(
  writer: NetworkWriter,
  op: 'Mul' | 'Add',
  x: string,
  values: Float32Array,
  name: string,
): string {
  // The neutral numbers of a normalisation: mean, variance, and factor or summand.
  writer.generated.add(3 * values.length, name);
  const neutral = new Float32Array(values.length);
  return op === 'Mul'
    ? addScaleShift(writer, x, values, neutral, name)
    : addScaleShift(writer, x, neutral.fill(1), values, name);
}

/** The constant's dimensions with 1 put before them up to the rank of `shape`. */
function alignedDims(dims: readonly number[], shape: readonly number[]): number[] {
  const aligned = shape.map((_, axis) => dims[axis - shape.length + dims.length] ?? 1);
  const fits = dims.length <= shape.length && aligned.every((dim, axis) => dim === 1 || dim === shape[axis]);
  if (!fits)
    throw new Unsupported(`a constant of shape [${dims}] does not repeat over [batch, ${shape.slice(1)}]`);
  return aligned;
}

/** The numbers repeated from `dims` to one sample of `shape` (numpy's rule, axes from the left; those beyond have size 1). */
function repeat(data: ArrayLike<number>, dims: readonly number[], shape: readonly number[]): Float32Array {
  const sample = shape.slice(1);
  const result = new Float32Array(sizeOf(sample));
  copyStrided(data, result, sample, repeatingStrides(dims.slice(1, shape.length), sample));
  return result;
}

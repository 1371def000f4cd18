import { constantInput, floatOf, type Graph, intOf, intsOf, type Node, type Shape } from '../graph.js';
import { sizeOf, type Tensor } from '../tensor.js';
import { type Allowance, combine, type Field, fieldOf, isUniform, uniform } from './field.js';

/** x * scale + shift, element by element. */
export interface Affine {
  readonly scale: Field;
  readonly shift: Field;
}

/** What a node computes, when that is an affine map of its one computed input, which has the shape `shape`. */
export function affineOf(graph: Graph, node: Node, shape: Shape, allowance: Allowance): Affine | undefined {
  const rank = shape.length;
  if (node.op === 'BatchNormalization') return batchNormalisation(graph, node, rank);
  if (node.op !== 'Mul' && node.op !== 'Add') return undefined;
  const constant = node.inputs.map((input) => graph.constants.get(input)).find((tensor) => tensor);
  if (!constant || !allowance.take(constant.data.length)) return undefined;
  const dims = shape.map((_, axis) => constant.dims[axis - rank + constant.dims.length] ?? 1);
  if (dims.some((dim, axis) => dim !== 1 && dim !== shape[axis])) return undefined;
  const field = fieldOf(dims, constant.data as Float32Array);
  return node.op === 'Mul'
    ? { scale: field, shift: uniform(rank, 0) }
    : { scale: uniform(rank, 1), shift: field };
}

/** The computed input of an affine node. */
export function sourceOf(graph: Graph, node: Node): string {
  return node.inputs.find((input) => !graph.constants.has(input)) as string;
}

/** What a BatchNormalization computes: scale (x - mean) / sqrt(variance + epsilon) + shift for every channel. */
export function batchNormalisation(graph: Graph, node: Node, rank: number): Affine {
  const [scale, shift, mean, variance] = [1, 2, 3, 4].map((index) => {
    const parameter = constantInput(graph, node, index);
    if (!parameter) throw new Error(`BatchNormalization '${node.name}' has no constant parameter ${index}`);
    return Float64Array.from(parameter.data as Float32Array);
  }) as [Float64Array, Float64Array, Float64Array, Float64Array];
  const epsilon = floatOf(node, 'epsilon', 1e-5);
  const merged = scale.map((factor, c) => factor / Math.sqrt((variance[c] as number) + epsilon));
  const shifted = shift.map((summand, c) => summand - (mean[c] as number) * (merged[c] as number));
  const dims = Array.from({ length: rank }, (_, axis) => (axis === 1 ? scale.length : 1));
  return { scale: fieldOf(dims, merged), shift: fieldOf(dims, shifted) };
}

/** What a 1x1 convolution computes whose every filter reads its own channel only. */
export function diagonalConvolution(graph: Graph, node: Node, rank: number): Affine | undefined {
  if (node.op !== 'Conv') return undefined;
  const { dims, data } = constantInput(graph, node, 1) as Tensor;
  const [filters = 0, channelsOfGroup = 0, ...kernel] = dims;
  const still =
    intsOf(node, 'pads').every((pad) => pad === 0) && intsOf(node, 'strides').every((s) => s === 1);
  const square = filters === channelsOfGroup * intOf(node, 'group', 1);
  if (sizeOf(kernel) !== 1 || !still || !square) return undefined;
  const own = (filter: number) => filter * channelsOfGroup + (filter % channelsOfGroup);
  const others = data.some((weight, i) => weight !== 0 && i !== own(Math.floor(i / channelsOfGroup)));
  if (others) return undefined;
  const bias = constantInput(graph, node, 2);
  const shape = Array.from({ length: rank }, (_, axis) => (axis === 1 ? filters : 1));
  const perChannel = (value: (filter: number) => number) =>
    fieldOf(
      shape,
      Float64Array.from({ length: filters }, (_, filter) => value(filter)),
    );
  return {
    scale: perChannel((filter) => Number(data[own(filter)])),
    shift: perChannel((filter) => Number(bias?.data[filter] ?? 0)),
  };
}

/** First one, then the other; undefined when writing that down is not allowed. */
export function compose(first: Affine, second: Affine, allowance: Allowance): Affine | undefined {
  const scale = combine(first.scale, second.scale, allowance, (a, b) => a * b);
  const moved = combine(first.shift, second.scale, allowance, (a, b) => a * b);
  const shift = moved && combine(moved, second.shift, allowance, (a, b) => a + b);
  return scale && shift && { scale, shift };
}

export function isIdentity({ scale, shift }: Affine): boolean {
  return isUniform(scale, 1) && isUniform(shift, 0);
}

/** x + shift / scale, and the scale alone, which make up the map together; channels of scale 0 are left to the first one. */
export function takenApart(
  { scale, shift }: Affine,
  allowance: Allowance,
): { shift: Affine; scale: Affine } | undefined {
  const rank = scale.dims.length;
  const quotient = combine(shift, scale, allowance, (t, s) => (s === 0 ? t : t / s));
  return (
    quotient && {
      shift: { scale: { ...scale, data: scale.data.map((s) => (s === 0 ? 0 : 1)) }, shift: quotient },
      scale: { scale: { ...scale, data: scale.data.map((s) => (s === 0 ? 1 : s)) }, shift: uniform(rank, 0) },
    }
  );
}

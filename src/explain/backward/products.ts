import { unreadEnds, windowGeometry } from '../../graph/geometry.js';
import { inputOf, intOf, intsOf, type Node } from '../../graph/graph.js';
import { hasPlaces } from '../../graph/operators/linear.js';
import { isLarge } from '../../graph/row-blocks.js';
import { derivedTensor, type FloatTensor, floatTensor, sizeOf } from '../../graph/tensor.js';
import { type Scope, shapeOf } from '../scope.js';
import { isScale, scaleBias, scaleProduct } from './scales.js';
import { IDENTITY, keyOf, mapped, scaled, type WeightMap } from './weight-maps.js';

/** The product of a layer's mapped weights with `x`, plus a bias (the name of a constant) if there is one. */
export function product(scope: Scope, node: Node, x: string, weights: WeightMap, bias?: string): string {
  const { builder, calc } = scope;
  if (isScale(node)) {
    const scaled = scaleProduct(scope, node, x, weights);
    return bias ? calc.add(scaled, bias) : scaled;
  }
  if (node.op !== 'Gemm') return multiply(scope, node, x, mappedWeights(scope, node, weights), bias);
  const parts = denseParts(weights).map(({ factor, map }, i) => {
    const [operand, offset] = [times(scope, x, factor), i === 0 ? bias : undefined];
    const blocks = blocksOf(scope, node, map);
    if (!blocks) return multiply(scope, node, operand, derivedWeights(scope, node, map), offset);
    const outputs = blocks.map(({ from, to, matrix }) => {
      return multiply(scope, node, operand, matrix(), offset && rowsOf(scope, offset, from, to));
    });
    return builder.add('Concat', outputs, { axis: 1 }, `${node.name}/product`);
  });
  return builder.sum(parts);
}

/** What a layer does with these weights and this bias in place of its own. */
function multiply(scope: Scope, node: Node, x: string, weights: string, bias?: string): string {
  if (hasPlaces(node)) return denseProduct(scope, x, weights, bias);
  const inputs = [x, weights, ...(bias ? [bias] : [])];
  return scope.builder.add(node.op, inputs, node.attributes, `${node.name}/product`);
}

/** The product of the transposed mapped weights with `s`, which has the shape of the node's output. */
export function transposedProduct(scope: Scope, node: Node, s: string, weights: WeightMap): string {
  if (isScale(node)) return scaleProduct(scope, node, s, weights);
  if (node.op === 'Gemm') return transposedDense(scope, node, s, weights);
  return intsOf(node, 'strides').every((stride) => stride === 1)
    ? convolveFlipped(scope, node, s, weights)
    : transposedConvolution(scope, node, s, weights);
}

/** Rows times weights [outputs, features], at every place. */
function denseProduct({ builder, derived }: Scope, x: string, weights: string, bias?: string): string {
  const key = `${weights}/columns`;
  const columns = derived.get(key) ?? builder.add('Transpose', [weights], { perm: [1, 0] });
  derived.set(key, columns);
  const result = builder.add('MatMul', [x, columns]);
  return bias ? builder.add('Add', [result, bias]) : result;
}

function transposedDense(scope: Scope, node: Node, s: string, weights: WeightMap): string {
  const { builder } = scope;
  const parts = denseParts(weights).map(({ factor, map }) => {
    const operand = times(scope, s, factor);
    const blocks = blocksOf(scope, node, map);
    if (blocks) return transposedBlocks(scope, node, operand, blocks);
    const op = hasPlaces(node) ? 'MatMul' : 'Gemm';
    return builder.add(op, [operand, derivedWeights(scope, node, map)], {}, `${node.name}/transposed`);
  });
  return builder.sum(parts);
}

/** Block on block is added to the product, as a product of the whole does it. */
function transposedBlocks({ builder }: Scope, node: Node, s: string, blocks: readonly Block[]): string {
  const sizes = builder.ints(blocks.map(({ from, to }) => to - from));
  const rows = builder.addMany('Split', [s, sizes], blocks.length, { axis: 1 });
  // onnxruntime goes back from the end, and of what an operator reads it computes first what was written last: were the matrices
  // written between the products, all would be made before the first product.
  const matrices = blocks.map(({ matrix }) => matrix());
  const inputs = rows.map((part, i) => [part, matrices[i] as string]);
  return inputs.reduce((sum, pair) => {
    return builder.add('Gemm', sum ? [...pair, sum] : pair, {}, `${node.name}/transposed`);
  }, '');
}

/** Some rows of mapped dense weights: those of outputs `from` to `to`. */
interface Block {
  readonly from: number;
  readonly to: number;
  /** Maps them, every time anew. */
  matrix(): string;
}

/**
 * Rows of a block. Engines add over so many rows at a time, whatever the matrix: products of such blocks round like that of
 * the whole.
 */
const BLOCK_ROWS = 128;

/**
 * W+ and W- of large dense weights, to be made block by block where they are multiplied: as a whole they would be two more
 * copies of the largest thing that there is. Undefined where the weights are not large, or are taken as they are.
 */
function blocksOf(scope: Scope, node: Node, weights: WeightMap): Block[] | undefined {
  const own = weightsOf(scope, node);
  const asTheyAre = weights.kind === 'ones' || keyOf(weights) === keyOf(IDENTITY);
  if (!isLarge(own) || asTheyAre || hasPlaces(node)) return undefined;
  const [rows = 0] = own.dims;
  return Array.from({ length: Math.ceil(rows / BLOCK_ROWS) }, (_, i) => {
    const [from, to] = [i * BLOCK_ROWS, Math.min(rows, (i + 1) * BLOCK_ROWS)];
    const matrix = () => mapValue(scope, rowsOf(scope, inputOf(node, 1), from, to), weights);
    return { from, to, matrix };
  });
}

/**
 * Dense weights can be hundreds of megabytes: only W, W+ and W- are ever made, and factors go to what they are
 * multiplied with, which is small.
 */
function denseParts(weights: WeightMap): { factor: number; map: WeightMap }[] {
  if (weights.kind !== 'scaled') return [{ factor: 1, map: weights }];
  const { positive, negative } = weights;
  if (positive === negative) return [{ factor: positive, map: IDENTITY }];
  if (negative === 0) return [{ factor: positive, map: scaled(1, 0) }];
  if (positive === 0) return [{ factor: negative, map: scaled(0, 1) }];
  const more = Math.abs(positive) > Math.abs(negative) ? scaled(1, 0) : scaled(0, 1);
  const common = more.positive === 1 ? negative : positive;
  return [
    { factor: common, map: IDENTITY },
    { factor: positive + negative - 2 * common, map: more },
  ];
}

/** Rows of a constant. */
function rowsOf({ builder, derived }: Scope, constant: string, from: number, to: number): string {
  const key = `${constant}[${from}:${to}]`;
  const bounds = [[from], [to], [0]].map((values) => builder.ints(values));
  const rows = derived.get(key) ?? builder.add('Slice', [constant, ...bounds], {}, key);
  derived.set(key, rows);
  return rows;
}

function times({ calc }: Scope, value: string, factor: number): string {
  return factor === 1 ? value : calc.mul(value, factor);
}

/** Mapped dense weights, made from the layer's own when the model is loaded: the model file holds them once. */
function derivedWeights(scope: Scope, node: Node, weights: WeightMap): string {
  const { derived } = scope;
  const source = inputOf(node, 1);
  const key = `${source}(${keyOf(weights)})`;
  const known = derived.get(key);
  if (known) return known;
  const value =
    weights.kind === 'ones' ? mappedWeights(scope, node, weights) : mapValue(scope, source, weights);
  derived.set(key, value);
  return value;
}

/** Squares of weights, the positive ones, the negative ones, or all as they are. */
function mapValue({ calc }: Scope, source: string, weights: WeightMap): string {
  if (weights.kind !== 'scaled') return calc.mul(source, source);
  if (weights.positive === 1 && weights.negative === 1) return source;
  return weights.negative === 0 ? calc.positive(source) : calc.negative(source);
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

function weightsOf(scope: Scope, node: Node): FloatTensor {
  const tensor = scope.graph.constants.get(inputOf(node, 1));
  if (tensor?.type !== 'float32') throw new Error(`${node.op} '${node.name}' has no constant weights`);
  return tensor;
}

/** A constant of mapped weights. */
function mappedWeights(scope: Scope, node: Node, weights: WeightMap): string {
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

/** With stride 1, what each input gets back is an ordinary convolution with the flipped kernel, groups transposed. */
function convolveFlipped(scope: Scope, node: Node, s: string, weights: WeightMap): string {
  const { kernel, padsBegin, padsEnd, dilations } = geometryOf(scope, node);
  const reach = kernel.map((k, axis) => (k - 1) * (dilations[axis] as number));
  const pads = [padsBegin, padsEnd].flatMap((side) => side.map((pad, axis) => (reach[axis] as number) - pad));
  const source = inputOf(node, 1);
  const group = intOf(node, 'group', 1);
  const flipped = scope.builder.constant(
    () => flip(weightsOf(scope, node), group, weights),
    `${source}(${keyOf(weights)})/flipped`,
  );
  const attributes = {
    ...node.attributes,
    kernel_shape: kernel,
    strides: kernel.map(() => 1),
    pads: pads.map((pad) => Math.max(pad, 0)),
  };
  const inner = cropSpatial(
    scope,
    s,
    pads.map((pad) => Math.max(-pad, 0)),
  );
  return scope.builder.add('Conv', [inner, flipped], attributes, `${node.name}/transposed`);
}

/** Windows that see nothing but padding have nothing to give back: they are cut off. */
function cropSpatial(scope: Scope, s: string, crop: readonly number[]): string {
  if (crop.every((size) => size === 0)) return s;
  const pads = [0, 0, ...crop.slice(0, crop.length / 2), 0, 0, ...crop.slice(crop.length / 2)];
  return scope.builder.add('Pad', [s, scope.builder.ints(pads.map((pad) => -pad))]);
}

/** [filters, channels / group, taps...] -> [channels, filters / group, taps reversed...] */
function flip(tensor: FloatTensor, group: number, weights: WeightMap): FloatTensor {
  const [filters = 0, channels = 0, ...kernel] = tensor.dims;
  const dims = [channels * group, filters / group, ...kernel];
  return derivedTensor(dims, () => mapped(flipped(tensor, group), weights));
}

function flipped({ dims, data }: FloatTensor, group: number): Float32Array {
  const [filters = 0, channels = 0, ...kernel] = dims;
  const taps = sizeOf(kernel);
  const filtersOfGroup = filters / group;
  const result = new Float32Array(data.length);
  for (let filter = 0; filter < filters; filter++) {
    const [g, f] = [Math.floor(filter / filtersOfGroup), filter % filtersOfGroup];
    for (let channel = 0; channel < channels; channel++) {
      const from = (filter * channels + channel) * taps;
      const to = ((g * channels + channel) * filtersOfGroup + f) * taps;
      for (let tap = 0; tap < taps; tap++) result[to + taps - 1 - tap] = data[from + tap] as number;
    }
  }
  return result;
}

function transposedConvolution(scope: Scope, node: Node, s: string, weights: WeightMap): string {
  const geometry = geometryOf(scope, node);
  const attributes = {
    ...node.attributes,
    kernel_shape: geometry.kernel,
    output_padding: unreadEnds(geometry),
  };
  return scope.builder.add(
    'ConvTranspose',
    [s, mappedWeights(scope, node, weights)],
    attributes,
    `${node.name}/transposed`,
  );
}

function geometryOf(scope: Scope, node: Node) {
  return windowGeometry(node, shapeOf(scope, inputOf(node)).slice(2));
}

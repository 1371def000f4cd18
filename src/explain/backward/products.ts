import { unreadEnds, windowGeometry } from '../../graph/geometry.js';
import { inputOf, intOf, intsOf, type Node } from '../../graph/graph.js';
import { type FloatTensor, floatTensor, sizeOf } from '../../graph/tensor.js';
import { type Scope, shapeOf } from '../scope.js';

/** Weights made from a layer's weights one by one; `key` names the result. */
export interface WeightMap {
  readonly key: string;
  /** Changes weights in place. */
  readonly apply: (weights: Float32Array) => void;
}

/** Positive weights times one factor, negative weights times another. */
export function scaled(positive: number, negative: number): WeightMap {
  return {
    key: `${positive},${negative}`,
    apply: (weights) => {
      for (let i = 0; i < weights.length; i++) {
        const weight = weights[i] as number;
        weights[i] = weight > 0 ? positive * weight : negative * weight;
      }
    },
  };
}

export const IDENTITY = scaled(1, 1);

export const SQUARED: WeightMap = {
  key: 'squared',
  apply: (weights) => {
    for (let i = 0; i < weights.length; i++) weights[i] = (weights[i] as number) ** 2;
  },
};

export const ONES: WeightMap = { key: 'ones', apply: (weights) => weights.fill(1) };

/** The product of a Conv's or Gemm's mapped weights with `x`, plus a bias (the name of a constant) if there is one. */
export function product(scope: Scope, node: Node, x: string, weights: WeightMap, bias?: string): string {
  const inputs = [x, mapped(scope, node, weights), ...(bias ? [bias] : [])];
  return scope.builder.add(node.op, inputs, node.attributes, `${node.name}/product`);
}

/** The product of the transposed mapped weights with `s`, which has the shape of the node's output. */
export function transposedProduct(scope: Scope, node: Node, s: string, weights: WeightMap): string {
  if (node.op === 'Gemm') {
    return scope.builder.add('Gemm', [s, mapped(scope, node, weights)], {}, `${node.name}/transposed`);
  }
  return intsOf(node, 'strides').every((stride) => stride === 1)
    ? convolveFlipped(scope, node, s, weights)
    : transposedConvolution(scope, node, s, weights);
}

/** A constant with the map applied to the layer's bias and `plus` added, or undefined when all of it would be zero. */
export function mappedBias(scope: Scope, node: Node, bias: WeightMap, plus = 0): string | undefined {
  const source = inputOf(node, 2);
  if (!source && plus === 0) return undefined;
  const size = weightsOf(scope, node).dims[0] as number;
  return scope.builder.constant(() => {
    const given = scope.graph.constants.get(source)?.data as Float32Array | undefined;
    const data = given?.slice() ?? new Float32Array(size);
    bias.apply(data);
    return floatTensor(
      [size],
      data.map((value) => value + plus),
    );
  }, `${node.name}/bias(${bias.key})+${plus}`);
}

export function weightsOf(scope: Scope, node: Node): FloatTensor {
  const tensor = scope.graph.constants.get(inputOf(node, 1));
  if (tensor?.type !== 'float32') throw new Error(`${node.op} '${node.name}' has no constant weights`);
  return tensor;
}

function mapped(scope: Scope, node: Node, weights: WeightMap): string {
  const source = inputOf(node, 1);
  if (weights.key === IDENTITY.key) return source;
  return scope.builder.constant(() => {
    const { dims, data } = weightsOf(scope, node);
    const mapped = data.slice();
    weights.apply(mapped);
    return floatTensor(dims, mapped);
  }, `${source}(${weights.key})`);
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
    `${source}(${weights.key})/flipped`,
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
function flip({ dims, data }: FloatTensor, group: number, weights: WeightMap): FloatTensor {
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
  weights.apply(result);
  return floatTensor([channels * group, filtersOfGroup, ...kernel], result);
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
    [s, mapped(scope, node, weights)],
    attributes,
    `${node.name}/transposed`,
  );
}

function geometryOf(scope: Scope, node: Node) {
  return windowGeometry(node, shapeOf(scope, inputOf(node)).slice(2));
}

import { unreadEnds, windowGeometry } from '../../graph/geometry.js';
import { inputOf, intOf, intsOf, type Node } from '../../graph/graph.js';
import { derivedTensor, type FloatTensor, sizeOf } from '../../graph/tensor.js';
import { type Scope, shapeOf } from '../scope.js';
import { mappedWeights, weightsOf } from './mapped-weights.js';
import { keyOf, mapped, type WeightMap } from './weight-maps.js';

/** The convolution with mapped weights in place of its own, plus a bias (the name of a constant) if there is one. */
export function convolution(scope: Scope, node: Node, x: string, weights: WeightMap, bias?: string): string {
  const inputs = [x, mappedWeights(scope, node, weights), ...(bias ? [bias] : [])];
  return scope.builder.add(node.op, inputs, node.attributes, `${node.name}/product`);
}

/** What each input gets back of `s`, which has the shape of the convolution's output, by mapped weights. */
export function transposedConvolution(scope: Scope, node: Node, s: string, weights: WeightMap): string {
  return intsOf(node, 'strides').every((stride) => stride === 1)
    ? convolveFlipped(scope, node, s, weights)
    : convolveTransposed(scope, node, s, weights);
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

function convolveTransposed(scope: Scope, node: Node, s: string, weights: WeightMap): string {
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

import { type FloatTensor, floatTensor } from '../../../graph/tensor.js';
import { addBatchNorm } from '../../canonical/arithmetic.js';
import { addTranspose } from '../../canonical/layout.js';
import { addConv } from '../../canonical/windows.js';
import { Unsupported } from '../../unsupported.js';
import { canonicalAxis, permuted, toChannelsFirst, toChannelsLast, withDims } from '../channels-last.js';
import { computed, type Operator, type OperatorTable } from '../node.js';
import { refuseChannelsFirst, spatialOf, windowOf } from './windows.js';

const batchNorm: Operator = (node, writer) => {
  const x = node.value();
  refuseChannelsFirst(node);
  if (node.boolean('is_training', true)) throw new Unsupported('in training mode');
  const [axis = -1] = node.numbers('axis') ?? [];
  if (canonicalAxis(axis, writer.shape(x).length) !== 1) throw new Unsupported(`over axis ${axis}`);
  const [scale, shift, mean, variance] = [1, 2, 3, 4].map((i) => node.weights(i)) as [
    FloatTensor,
    FloatTensor,
    FloatTensor,
    FloatTensor,
  ];
  const epsilon = node.number('epsilon', 1e-4);
  return computed(addBatchNorm(writer, x, { scale, shift, mean, variance, epsilon }, node.name));
};

/** Operators with weights. */
export const LINEAR: OperatorTable = {
  /** Weights [places..., channels of a group, filters]. */
  Conv2D: (node, writer) => {
    const x = node.value();
    const spatial = spatialOf(writer, x);
    const places = spatial.length;
    const given = node.weights(1);
    const [inputs = 0] = writer.sample(x);
    const group = inputs / (given.dims[places] ?? 0);
    if (given.dims.length !== places + 2 || !Number.isInteger(group)) {
      throw new Unsupported(`with weights of shape [${given.dims}] for ${inputs} channels`);
    }
    const kernel = given.dims.slice(0, places);
    const weight = permuted(given, [places + 1, places, ...kernel.keys()]);
    const window = { ...windowOf(node, spatial, kernel), group };
    return computed(addConv(writer, x, weight, undefined, window, node.name));
  },

  /** Weights [places..., channels, filters of a channel]. */
  DepthwiseConv2dNative: (node, writer) => {
    const x = node.value();
    const spatial = spatialOf(writer, x);
    const places = spatial.length;
    const given = node.weights(1);
    const [channels, multiplier] = given.dims.slice(places) as [number, number];
    if (given.dims.length !== places + 2 || channels !== writer.sample(x)[0]) {
      throw new Unsupported(`with weights of shape [${given.dims}] for ${writer.sample(x)[0]} channels`);
    }
    const kernel = given.dims.slice(0, places);
    const turned = permuted(given, [places, places + 1, ...kernel.keys()]);
    const weight = withDims(turned, [channels * multiplier, 1, ...kernel]);
    const window = { ...windowOf(node, spatial, kernel), group: channels };
    return computed(addConv(writer, x, weight, undefined, window, node.name));
  },

  /** Weights [features, outputs]. At every place of a value with places it is a convolution. */
  MatMul: (node, writer) => {
    const x = node.value();
    if (node.boolean('transpose_a', false)) throw new Unsupported('with its input transposed');
    const given = node.weights(1);
    if (given.dims.length !== 2) throw new Unsupported(`with weights of shape [${given.dims}]`);
    const weight = node.boolean('transpose_b', false) ? given : permuted(given, [1, 0]);
    if (writer.shape(x).length === 2) {
      return computed(
        writer.add('Gemm', [x, writer.weights(weight, `${node.name}.weight`)], { transB: 1 }, node.name),
      );
    }
    const ones = spatialOf(writer, x).map(() => 1);
    const window = {
      kernel: ones,
      strides: ones,
      dilations: ones,
      pads: [...ones, ...ones].map(() => 0),
      group: 1,
    };
    return computed(
      addConv(writer, x, withDims(weight, [...weight.dims, ...ones]), undefined, window, node.name),
    );
  },

  /** Over the channels of each place, by scales and shifts: one a channel, or one for all. */
  LayerNormalization: (node, writer) => {
    const x = node.value();
    const { length: rank } = writer.shape(x);
    const [axis = -1, ...others] = node.numbers('axis') ?? [];
    const channels = toChannelsLast(rank).at(-1) as number;
    if (others.length > 0 || canonicalAxis(axis, rank) !== channels) {
      throw new Unsupported(`over axes [${[axis, ...others]}]`);
    }
    const size = writer.shape(x)[channels] as number;
    const parameters = [1, 2].map((i) => {
      const { data } = node.weights(i);
      const each = data.length === size ? data : new Float32Array(size).fill(data[0] as number);
      return writer.weights(floatTensor([size], each), `${node.name}.${i === 1 ? 'scale' : 'shift'}`);
    });
    const last = addTranspose(writer, x, toChannelsLast(rank), `${node.name}.channels-last`);
    const attributes = { axis: rank - 1, epsilon: { float: node.number('epsilon', 1e-3) } };
    const normalised = writer.add('LayerNormalization', [last, ...parameters], attributes, node.name);
    return computed(addTranspose(writer, normalised, toChannelsFirst(rank), `${node.name}.channels-first`));
  },

  FusedBatchNorm: batchNorm,
  FusedBatchNormV2: batchNorm,
  FusedBatchNormV3: batchNorm,
};

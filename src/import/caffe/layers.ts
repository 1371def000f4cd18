import { InputError, mismatch } from '../../errors.js';
import { sizeOf } from '../../graph/tensor.js';
import { addBatchNorm, addConstantOperand } from '../canonical/arithmetic.js';
import { addConcat, addReshape, addSlice, addTranspose, reshapedSample } from '../canonical/layout.js';
import { addClip } from '../canonical/pointwise.js';
import { addAveragePool, addConv, addGlobalPool, addMaxPool, type Window } from '../canonical/windows.js';
import type { NetworkWriter } from '../canonical/writer.js';
import { Unsupported } from '../unsupported.js';
import type { CaffeLayer } from './definition.js';
import type { TextMessage } from './text-format.js';
import type { WeightSource } from './weights.js';

export interface LayerContext {
  readonly layer: CaffeLayer;
  readonly writer: NetworkWriter;
  readonly weights: WeightSource;
  /** The layer's bottoms as values of the canonical graph. */
  readonly inputs: readonly string[];
}

/** Writes a layer in canonical form and returns its tops. */
type LayerWriter = (context: LayerContext) => string | readonly string[];

/** Layer types of Caffe, with its defaults. What a layer does beyond them is Unsupported. */
export const LAYERS: Readonly<Record<string, LayerWriter>> = {
  __proto__: null as never,
  Convolution: convolution,
  InnerProduct: innerProduct,
  Pooling: pooling,
  LRN: lrn,
  BatchNorm: batchNorm,
  Scale: scale,
  Bias: bias,
  Concat: concat,
  Slice: slice,
  Eltwise: eltwise,
  Flatten: flatten,
  Reshape: reshape,
  Softmax: ({ layer, writer, inputs }) =>
    writer.add(
      'Softmax',
      [first(inputs)],
      { axis: layer.message.message('softmax_param').number('axis', 1) },
      layer.name,
    ),
  ReLU: relu,
  ELU: ({ layer, writer, inputs }) => {
    const alpha = layer.message.message('elu_param').number('alpha', 1);
    return writer.add('Elu', [first(inputs)], { alpha: { float: alpha } }, layer.name);
  },
  Sigmoid: ({ layer, writer, inputs }) => writer.add('Sigmoid', [first(inputs)], {}, layer.name),
  TanH: ({ layer, writer, inputs }) => writer.add('Tanh', [first(inputs)], {}, layer.name),
  Power: power,
  Clip: ({ layer, writer, inputs }) => {
    const { message, name } = layer;
    const parameters = message.message('clip_param');
    return addClip(writer, first(inputs), parameters.number('min', 0), parameters.number('max', 0), name);
  },
  ReLU6: ({ layer, writer, inputs }) => addClip(writer, first(inputs), 0, 6, layer.name),
  ShuffleChannel: shuffleChannel,
  Dropout: ({ inputs }) => first(inputs),
  Split: ({ layer, inputs }) => layer.tops.map(() => first(inputs)),
};

/** What training needs and classification does not. */
const TRAINING_FIELDS = [
  'weight_filler',
  'bias_filler',
  'engine',
  'force_nd_im2col',
  'stable_prod_grad',
  'sparse',
];

function convolution({ layer, writer, weights, inputs }: LayerContext): string {
  const { name } = layer;
  const parameters = layer.message.message('convolution_param');
  const x = first(inputs);
  const [channels = 0, ...spatial] = writer.sample(x);
  if (spatial.length !== 1 && spatial.length !== 2)
    throw new Unsupported(`over ${spatial.length} spatial axes`);
  if (parameters.number('axis', 1) !== 1) throw new Unsupported('over another axis than 1');
  const window = windowOf(parameters, spatial.length, name);
  const group = parameters.number('group', 1);
  const filters = parameters.number('num_output', 0);
  if (!(filters >= 1 && group >= 1 && channels % group === 0 && filters % group === 0)) {
    throw mismatch({
      what: 'convolution',
      where: `layer '${name}'`,
      expected: 'groups that divide channels and outputs',
      got: `${group} groups of ${channels} channels, num_output ${filters}`,
    });
  }
  const weight = weights.blob(name, 0, [filters, channels / group, ...window.kernel], 'weights');
  const bias = parameters.boolean('bias_term', true) ? weights.blob(name, 1, [filters], 'bias') : undefined;
  parameters.expectOnlyKnown(TRAINING_FIELDS, `convolution_param of layer '${name}'`);
  return addConv(writer, x, weight, bias, { ...window, group }, name);
}

function innerProduct({ layer, writer, weights, inputs }: LayerContext): string {
  const { name } = layer;
  const parameters = layer.message.message('inner_product_param');
  if (parameters.number('axis', 1) !== 1) throw new Unsupported('over another axis than 1');
  if (parameters.boolean('transpose', false)) throw new Unsupported('with transposed weights');
  const features = sizeOf(writer.sample(first(inputs)));
  const outputs = parameters.number('num_output', 0);
  const flat = addReshape(writer, first(inputs), [features], `${name}.flat`);
  const reads = [
    flat,
    writer.weights(weights.blob(name, 0, [outputs, features], 'weights'), `${name}.weight`),
  ];
  if (parameters.boolean('bias_term', true)) {
    reads.push(writer.weights(weights.blob(name, 1, [outputs], 'bias'), `${name}.bias`));
  }
  parameters.expectOnlyKnown(TRAINING_FIELDS, `inner_product_param of layer '${name}'`);
  return writer.add('Gemm', reads, { transB: 1 }, name);
}

/**
 * Caffe's pooling: the number of windows is rounded up; with padding, a last window that starts beyond the input and
 * its left padding is dropped; an average divides by the positions of the window within input and padding.
 */
function pooling({ layer, writer, inputs }: LayerContext): string {
  const { name } = layer;
  const parameters = layer.message.message('pooling_param');
  const method = parameters.string('pool') ?? 'MAX';
  const max = method === 'MAX' || method === '0';
  if (!max && method !== 'AVE' && method !== '1') throw new Unsupported(`by ${method}`);
  const x = first(inputs);
  const spatial = writer.shape(x).slice(2);
  if (parameters.boolean('global_pooling', false)) {
    return addGlobalPool(writer, max ? 'MaxPool' : 'AveragePool', x, name);
  }
  const window = windowOf(parameters, spatial.length, name);
  const rounding = parameters.string('round_mode') ?? 'CEIL';
  parameters.expectOnlyKnown(TRAINING_FIELDS, `pooling_param of layer '${name}'`);
  const pool = {
    ...window,
    ceil: rounding === 'CEIL' || rounding === '0',
    clip: window.pads.some((pad) => pad > 0),
    countPads: true,
  };
  return max ? addMaxPool(writer, x, pool, name) : addAveragePool(writer, x, pool, name);
}

function lrn({ layer, writer, inputs }: LayerContext): string {
  const parameters = layer.message.message('lrn_param');
  const region = parameters.string('norm_region') ?? 'ACROSS_CHANNELS';
  if (region !== 'ACROSS_CHANNELS' && region !== '0') throw new Unsupported('within channels');
  const size = parameters.number('local_size', 5);
  if (size % 2 !== 1)
    throw new InputError(`local_size of layer '${layer.name}': expected an odd number, got ${size}`);
  const attributes = {
    size,
    alpha: { float: parameters.number('alpha', 1) },
    beta: { float: parameters.number('beta', 0.75) },
    bias: { float: parameters.number('k', 1) },
  };
  parameters.expectOnlyKnown(TRAINING_FIELDS, `lrn_param of layer '${layer.name}'`);
  return writer.add('LRN', [first(inputs)], attributes, layer.name);
}

/** (x - mean) / sqrt(variance + eps); both are stored as sums, with what to divide them by as third blob. */
function batchNorm({ layer, writer, weights, inputs }: LayerContext): string {
  const { name } = layer;
  const parameters = layer.message.message('batch_norm_param');
  if (!parameters.boolean('use_global_stats', true))
    throw new Unsupported('over the statistics of the batch');
  const channels = writer.shape(first(inputs))[1] as number;
  const [mean, variance, sums] = [
    weights.blob(name, 0, [channels], 'mean'),
    weights.blob(name, 1, [channels], 'scale'),
    weights.blob(name, 2, [1], 'factor'),
  ];
  const count = sums.data[0] as number;
  const divided = ({ dims, data }: typeof mean) => ({
    type: 'float32' as const,
    dims,
    data: data.map((sum) => (count === 0 ? 0 : sum / count)),
  });
  const neutral = { type: 'float32' as const, dims: [channels], data: new Float32Array(channels) };
  return addBatchNorm(
    writer,
    first(inputs),
    {
      scale: { ...neutral, data: new Float32Array(channels).fill(1) },
      shift: neutral,
      mean: divided(mean),
      variance: divided(variance),
      epsilon: parameters.number('eps', 1e-5),
    },
    name,
  );
}

/** x * scale (+ bias): learned factors from `axis` on, or a second bottom. */
function scale(context: LayerContext): string {
  const { layer, writer, inputs } = context;
  const parameters = layer.message.message('scale_param');
  const [x = '', factors] = inputs;
  if (factors !== undefined) {
    if (parameters.number('axis', 1) !== 0) throw new Unsupported('by a second bottom that lacks the batch');
    const ones = writer
      .shape(x)
      .slice(writer.shape(factors).length)
      .map(() => 1);
    const gate = addReshape(writer, factors, [...writer.sample(factors), ...ones], `${layer.name}.gate`);
    return writer.add('Mul', [x, gate], {}, layer.name);
  }
  const scaled = learned(context, 'Mul', 0, parameters, x, layer.name);
  if (!parameters.boolean('bias_term', false)) return scaled;
  return learned(context, 'Add', 1, parameters, scaled, `${layer.name}.bias`);
}

function bias(context: LayerContext): string {
  if (context.inputs.length > 1) throw new Unsupported('by a second bottom');
  const parameters = context.layer.message.message('bias_param');
  return learned(context, 'Add', 0, parameters, first(context.inputs), context.layer.name);
}

/** x * or + a blob that covers `num_axes` axes from `axis` on. */
function learned(
  { layer, writer, weights }: LayerContext,
  op: 'Mul' | 'Add',
  index: number,
  parameters: TextMessage,
  x: string,
  name: string,
): string {
  const axis = axisOf(parameters.number('axis', 1), writer.shape(x).length);
  const axes = parameters.number('num_axes', 1);
  const sample = writer.shape(x).slice(axis);
  const dims = axes === -1 ? sample : sample.slice(0, axes);
  const blob = weights.blob(layer.name, index, dims, op === 'Mul' ? 'scale' : 'bias');
  const rest = sample.slice(dims.length).map(() => 1);
  return addConstantOperand(writer, op, x, { dims: [...dims, ...rest], data: blob.data }, name);
}

function concat({ layer, writer, inputs }: LayerContext): string {
  const parameters = layer.message.message('concat_param');
  const axis = parameters.number('axis', parameters.number('concat_dim', 1));
  return addConcat(writer, inputs, axisOf(axis, writer.shape(first(inputs)).length), layer.name);
}

function slice({ layer, writer, inputs }: LayerContext): string[] {
  const parameters = layer.message.message('slice_param');
  const x = first(inputs);
  const axis = axisOf(parameters.number('axis', parameters.number('slice_dim', 1)), writer.shape(x).length);
  const size = writer.shape(x)[axis] as number;
  const parts = layer.tops.length;
  const given = parameters.numbers('slice_point');
  const points = given.length > 0 ? given : layer.tops.slice(1).map((_, i) => ((i + 1) * size) / parts);
  const bounds = [0, ...points, size];
  const ordered = bounds.every(
    (bound, i) => Number.isInteger(bound) && (i === 0 || bound > (bounds[i - 1] as number)),
  );
  if (points.length !== parts - 1 || !ordered) {
    throw mismatch({
      what: 'slice_point',
      where: `layer '${layer.name}'`,
      expected: `${parts - 1} ascending points below ${size}`,
      got: `[${points}]`,
    });
  }
  return layer.tops.map((top, i) =>
    addSlice(writer, x, axis, [bounds[i] as number, bounds[i + 1] as number, 1], top),
  );
}

function eltwise({ layer, writer, inputs }: LayerContext): string {
  const { name } = layer;
  const parameters = layer.message.message('eltwise_param');
  const operation = parameters.string('operation') ?? 'SUM';
  const op = ELTWISE[operation];
  if (!op) throw new Unsupported(`by ${operation}`);
  const coefficients = parameters.numbers('coeff');
  const wrongCount = coefficients.length > 0 && (op !== 'Add' || coefficients.length !== inputs.length);
  if (wrongCount)
    throw new Unsupported(`with ${coefficients.length} coefficients for ${inputs.length} bottoms`);
  const terms = inputs.map((input, i) => {
    const factor = coefficients[i] ?? 1;
    if (factor === 1) return input;
    return addConstantOperand(writer, 'Mul', input, { dims: [], data: [factor] }, `${name}.coeff`);
  });
  return terms.reduce((a, b) => writer.add(op, [a, b], {}, name));
}

const ELTWISE: Readonly<Record<string, string>> = {
  __proto__: null as never,
  SUM: 'Add',
  PROD: 'Mul',
  MAX: 'Max',
  0: 'Mul',
  1: 'Add',
  2: 'Max',
};

function flatten({ layer, writer, inputs }: LayerContext): string {
  const parameters = layer.message.message('flatten_param');
  const sample = writer.sample(first(inputs));
  const from = axisOf(parameters.number('axis', 1), sample.length + 1);
  const to = axisOf(parameters.number('end_axis', -1), sample.length + 1);
  const together = [...sample.slice(0, from - 1), sizeOf(sample.slice(from - 1, to)), ...sample.slice(to)];
  return addReshape(writer, first(inputs), together, layer.name);
}

function reshape({ layer, writer, inputs }: LayerContext): string {
  const parameters = layer.message.message('reshape_param');
  if (parameters.number('axis', 0) !== 0 || parameters.number('num_axes', -1) !== -1) {
    throw new Unsupported('of some of the axes');
  }
  const sample = reshapedSample(writer, first(inputs), parameters.message('shape').numbers('dim'));
  return addReshape(writer, first(inputs), sample, layer.name);
}

function relu({ layer, writer, inputs }: LayerContext): string {
  const slope = layer.message.message('relu_param').number('negative_slope', 0);
  if (slope === 0) return writer.add('Relu', [first(inputs)], {}, layer.name);
  return writer.add('LeakyRelu', [first(inputs)], { alpha: { float: slope } }, layer.name);
}

/** (shift + scale x) ^ power */
function power({ layer, writer, inputs }: LayerContext): string {
  const parameters = layer.message.message('power_param');
  if (parameters.number('power', 1) !== 1) throw new Unsupported('other than 1');
  const number = (value: number) => ({ dims: [], data: [value] });
  const scaled = addConstantOperand(
    writer,
    'Mul',
    first(inputs),
    number(parameters.number('scale', 1)),
    layer.name,
  );
  return addConstantOperand(
    writer,
    'Add',
    scaled,
    number(parameters.number('shift', 0)),
    `${layer.name}.shift`,
  );
}

/** Channels of the groups in turn: [groups, n] becomes [n, groups]. */
function shuffleChannel({ layer, writer, inputs }: LayerContext): string {
  const [channels = 0, ...spatial] = writer.sample(first(inputs));
  const groups = layer.message.message('shuffle_channel_param').number('group', 1);
  if (channels % groups !== 0) throw new Unsupported(`of ${channels} channels in ${groups} groups`);
  const split = addReshape(
    writer,
    first(inputs),
    [groups, channels / groups, ...spatial],
    `${layer.name}.groups`,
  );
  const order = [0, 2, 1, ...spatial.map((_, i) => i + 3)];
  const turned = addTranspose(writer, split, order, layer.name);
  return addReshape(writer, turned, [channels, ...spatial], `${layer.name}.channels`);
}

/** kernel_size, stride, pad and dilation: one number for all axes, one each, or the names for height and width. */
function windowOf(parameters: TextMessage, axes: number, name: string): Window {
  const list = (field: string, short: string, fallback: number): number[] => {
    const names = [`${short}_h`, `${short}_w`] as const;
    if (axes === 2 && names.every((given) => parameters.has(given)))
      return names.map((given) => parameters.number(given, 0));
    const given = parameters.numbers(field);
    if (given.length === axes) return given;
    return Array.from({ length: axes }, () => given[0] ?? fallback);
  };
  const kernel = list('kernel_size', 'kernel', 0);
  const strides = list('stride', 'stride', 1);
  const pads = list('pad', 'pad', 0);
  const dilations = list('dilation', 'dilation', 1);
  const positive = [kernel, strides, dilations].every((numbers) =>
    numbers.every((n) => Number.isInteger(n) && n >= 1),
  );
  if (!positive || !pads.every((pad) => Number.isInteger(pad) && pad >= 0)) {
    throw mismatch({
      what: 'window',
      where: `layer '${name}'`,
      expected: 'kernel, stride and dilation of 1 and more, pad of 0 and more',
      got: `kernel [${kernel}], stride [${strides}], pad [${pads}], dilation [${dilations}]`,
    });
  }
  return { kernel, strides, dilations, pads: [...pads, ...pads] };
}

function axisOf(axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (!(positive >= 1 && positive < rank)) throw new Unsupported(`over axis ${axis} of ${rank}`);
  return positive;
}

function first(inputs: readonly string[]): string {
  const [input] = inputs;
  if (input === undefined) throw new Unsupported('without a bottom');
  return input;
}

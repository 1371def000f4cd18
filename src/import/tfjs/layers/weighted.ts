import { sizeOf } from '../../../graph/tensor.js';
import { type Constant, floats } from '../../constant.js';
import { Unsupported } from '../../unsupported.js';
import { activated } from './activations.js';
import type { LayerContext, LayerTable } from './context.js';
import { strided } from './windows.js';

/** What the shapes of weights say as well. */
const SIZES = ['filters', 'groups', 'depth_multiplier', 'units'];

const convolution = (places: number) => (layer: LayerContext) =>
  finished(layer, layer.add('Conv2D', [layer.x, layer.weight('kernel')], strided(layer, places)));

const depthwise = (places: number) => (layer: LayerContext) => {
  // Keras 3 has one name for the kernels of all convolutions of one step.
  const kernel = layer.weight(layer.keras >= 3 ? 'kernel' : 'depthwise_kernel');
  const inputs = [layer.x, kernel];
  return finished(layer, layer.add('DepthwiseConv2dNative', inputs, strided(layer, places)));
};

/** A depthwise convolution and one of single places behind it. */
const separable = (places: number) => (layer: LayerContext) => {
  const inputs = [layer.x, layer.weight('depthwise_kernel')];
  const attributes = strided(layer, places);
  const x = layer.add('DepthwiseConv2dNative', inputs, attributes, `${layer.name}/depthwise`);
  return finished(layer, layer.add('Conv2D', [x, layer.weight('pointwise_kernel')]));
};

/** Layers with weights. */
export const WEIGHTED: LayerTable = {
  Conv1D: convolution(1),
  Conv2D: convolution(2),
  DepthwiseConv1D: depthwise(1),
  DepthwiseConv2D: depthwise(2),
  SeparableConv1D: separable(1),
  SeparableConv2D: separable(2),

  Dense: (layer) => finished(layer, layer.add('MatMul', [layer.x, layer.weight('kernel')])),

  /** gamma (x - mean) / sqrt(variance + epsilon) + beta for every channel; gamma and beta may be left out. */
  BatchNormalization: (layer) => {
    const { config } = layer;
    const mean = layer.weightOf('moving_mean');
    const variance = layer.weightOf('moving_variance');
    const axes = config.numbers('axis') ?? [-1];
    const same = (value: number) => floats(mean.dims, new Float32Array(sizeOf(mean.dims)).fill(value));
    const gamma = config.boolean('scale', true) ? layer.weightOf('gamma') : same(1);
    const beta = config.boolean('center', true) ? layer.weightOf('beta') : same(0);
    const parameters = { gamma, beta, mean, variance };
    const names = Object.entries(parameters).map(([name, constant]) => layer.constant(constant, name));
    const attributes = { is_training: false, epsilon: config.number('epsilon', 1e-3), axis: axes };
    return layer.add('FusedBatchNorm', [layer.x, ...names], attributes);
  },

  /** gamma (x - mean) / sqrt(variance + epsilon) + beta over the channels; gamma and beta may be left out. */
  LayerNormalization: (layer) => {
    const { config } = layer;
    const all = (value: number) => layer.constant(floats([1], Float32Array.of(value)), 'same');
    const gamma = config.boolean('scale', true) ? layer.weight('gamma') : all(1);
    const beta = config.boolean('center', true) ? layer.weight('beta') : all(0);
    if (config.boolean('rms_scaling', false)) throw new Unsupported('with rms_scaling');
    const attributes = { epsilon: config.number('epsilon', 1e-3), axis: config.numbers('axis') ?? [-1] };
    return layer.add('LayerNormalization', [layer.x, gamma, beta], attributes);
  },

  /** (x - mean) / sqrt(variance) for every channel; the standard deviation is at least 1e-7. */
  Normalization: (layer) => {
    const { config } = layer;
    if (config.boolean('invert', false)) throw new Unsupported('the other way round');
    const axes = config.numbers('axis') ?? [];
    if (axes.length !== 1) throw new Unsupported(`over axes [${axes}]`);
    const numbers = (name: 'mean' | 'variance'): Constant => {
      const given = config.value(name) === undefined ? undefined : (config.value(name) as unknown[]);
      const data = given === undefined ? layer.weightOf(name).data : [given].flat(8).map(Number);
      return floats([data.length], Float32Array.from(data));
    };
    const mean = numbers('mean');
    const variance = floats(
      mean.dims,
      Float32Array.from(numbers('variance').data, (one) => Math.max(one, 1e-14)),
    );
    const parameters = [1, 0].map((value) =>
      floats(mean.dims, new Float32Array(mean.data.length).fill(value)),
    );
    const names = [...parameters, mean, variance].map((constant) => layer.constant(constant, 'statistics'));
    return layer.add('FusedBatchNorm', [layer.x, ...names], { is_training: false, epsilon: 0, axis: axes });
  },

  /** A slope below zero for each channel, or one for all. */
  PReLU: (layer) => {
    layer.config.value('shared_axes');
    return layer.add('Prelu', [layer.x, layer.weight('alpha')]);
  },
};

/** Bias and activation behind the weights. */
function finished(layer: LayerContext, x: string): string {
  for (const field of SIZES) layer.config.value(field);
  const biased = layer.config.boolean('use_bias', true)
    ? layer.add('BiasAdd', [x, layer.weight('bias')], {}, `${layer.name}/bias`)
    : x;
  return activated(layer, biased);
}

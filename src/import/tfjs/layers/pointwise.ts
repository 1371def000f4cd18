import { floats } from '../../constant.js';
import { Unsupported } from '../../unsupported.js';
import { activationName, addActivation, addRelu } from './activations.js';
import type { LayerContext, LayerTable } from './context.js';

/** Left out once training is over, whatever it is told. */
const neutral = (layer: LayerContext): string => {
  for (const field of layer.config.unread()) layer.config.value(field);
  return layer.x;
};

const merge = (op: string) => (layer: LayerContext) => {
  const [first = layer.x, ...rest] = layer.inputs;
  return rest.reduce((a, b) => layer.add(op, [a, b]), first);
};

/** Activations, arithmetic, and layers that do nothing. */
export const POINTWISE: LayerTable = {
  Activation: (layer) =>
    addActivation(layer, activationName(layer.config.value('activation')), layer.x, layer.name),
  ReLU: addRelu,
  LeakyReLU: (layer) => {
    const alpha = layer.config.number('negative_slope', layer.config.number('alpha', 0.3));
    return layer.add('LeakyRelu', [layer.x], { alpha });
  },
  ELU: (layer) => layer.add('Elu', [layer.x], { alpha: layer.config.number('alpha', 1) }),
  Softmax: (layer) => {
    const axes = layer.config.numbers('axis') ?? [-1];
    if (`${axes}` !== '-1') throw new Unsupported(`over axis ${axes}`);
    return layer.add('Softmax', [layer.x]);
  },

  Dropout: neutral,
  SpatialDropout1D: neutral,
  SpatialDropout2D: neutral,
  AlphaDropout: neutral,
  GaussianDropout: neutral,
  GaussianNoise: neutral,
  ActivityRegularization: neutral,
  RandomBrightness: neutral,
  RandomContrast: neutral,
  RandomFlip: neutral,
  RandomRotation: neutral,
  RandomTranslation: neutral,
  RandomZoom: neutral,

  Add: merge('AddV2'),
  Subtract: merge('Sub'),
  Multiply: merge('Mul'),
  Maximum: merge('Maximum'),
  Average: (layer) => {
    const sum = layer.add('AddN', layer.inputs, {}, `${layer.name}/sum`);
    return layer.add('Mul', [sum, number(layer, 1 / layer.inputs.length)]);
  },

  Rescaling: (layer) => {
    const [scale, offset] = [layer.config.numbers('scale') ?? [1], layer.config.numbers('offset') ?? [0]];
    const scaled = layer.add('Mul', [layer.x, number(layer, ...scale)], {}, `${layer.name}/scale`);
    return layer.add('AddV2', [scaled, number(layer, ...offset)]);
  },
};

/** One number, or one for each channel. */
function number(layer: LayerContext, ...values: number[]): string {
  const dims = values.length === 1 ? [] : [values.length];
  return layer.constant(floats(dims, Float32Array.from(values)), 'number');
}

import { InputError } from '../../../errors.js';
import { addConstantOperand } from '../../canonical/arithmetic.js';
import { addClip, addLrn, addPRelu } from '../../canonical/pointwise.js';
import { Unsupported } from '../../unsupported.js';
import type { LayerTable } from './context.js';

/** Activations and other layers that keep the shape. */
export const POINTWISE: LayerTable = {
  ReLU: (layer, writer) => {
    const slope = layer.parameters('relu_param').number('negative_slope', 0);
    if (slope === 0) return writer.add('Relu', [layer.x], {}, layer.name);
    return writer.add('LeakyRelu', [layer.x], { alpha: { float: slope } }, layer.name);
  },
  /** One slope a channel, or one for all; networks of random weights get slopes of 0. */
  PReLU: (layer, writer) => {
    const [channels = 1, ...spatial] = writer.sample(layer.x);
    const shared = layer.parameters('prelu_param').boolean('channel_shared', false);
    const { data } = layer.blob(0, [shared ? 1 : channels], 'bias');
    return addPRelu(writer, layer.x, { dims: [data.length, ...spatial.map(() => 1)], data }, layer.name);
  },
  ReLU6: (layer, writer) => addClip(writer, layer.x, 0, 6, layer.name),
  Clip: (layer, writer) => {
    const parameters = layer.parameters('clip_param');
    return addClip(writer, layer.x, parameters.number('min', 0), parameters.number('max', 0), layer.name);
  },
  ELU: (layer, writer) => {
    const alpha = layer.parameters('elu_param').number('alpha', 1);
    return writer.add('Elu', [layer.x], { alpha: { float: alpha } }, layer.name);
  },
  Sigmoid: (layer, writer) => writer.add('Sigmoid', [layer.x], {}, layer.name),
  TanH: (layer, writer) => writer.add('Tanh', [layer.x], {}, layer.name),
  Softmax: (layer, writer) => {
    const axis = layer.parameters('softmax_param').number('axis', 1);
    return writer.add('Softmax', [layer.x], { axis }, layer.name);
  },
  Dropout: (layer) => layer.x,

  LRN: (layer, writer) => {
    const parameters = layer.parameters('lrn_param');
    const region = parameters.string('norm_region') ?? 'ACROSS_CHANNELS';
    if (region !== 'ACROSS_CHANNELS' && region !== '0') throw new Unsupported('within channels');
    const size = parameters.number('local_size', 5);
    if (size % 2 !== 1) {
      throw new InputError(`local_size of layer '${layer.name}': expected an odd number, got ${size}`);
    }
    const [alpha, beta, bias] = [
      parameters.number('alpha', 1),
      parameters.number('beta', 0.75),
      parameters.number('k', 1),
    ];
    return addLrn(writer, layer.x, { size, alpha, beta, bias }, layer.name);
  },

  /** (shift + scale x) ^ power */
  Power: (layer, writer) => {
    const parameters = layer.parameters('power_param');
    if (parameters.number('power', 1) !== 1) throw new Unsupported('other than 1');
    const number = (field: string, fallback: number) => ({
      dims: [],
      data: [parameters.number(field, fallback)],
    });
    const scaled = addConstantOperand(writer, 'Mul', layer.x, number('scale', 1), layer.name);
    return addConstantOperand(writer, 'Add', scaled, number('shift', 0), `${layer.name}.shift`);
  },

  Eltwise: (layer, writer) => {
    const parameters = layer.parameters('eltwise_param');
    const operation = parameters.string('operation') ?? 'SUM';
    const op = ELTWISE[operation];
    if (!op) throw new Unsupported(`by ${operation}`);
    const coefficients = parameters.numbers('coeff');
    if (coefficients.length > 0 && (op !== 'Add' || coefficients.length !== layer.bottoms.length)) {
      throw new Unsupported(`with ${coefficients.length} coefficients for ${layer.bottoms.length} bottoms`);
    }
    const terms = layer.bottoms.map((input, i) => {
      const factor = coefficients[i] ?? 1;
      if (factor === 1) return input;
      return addConstantOperand(writer, 'Mul', input, { dims: [], data: [factor] }, `${layer.name}.coeff`);
    });
    return terms.reduce((a, b) => writer.add(op, [a, b], {}, layer.name));
  },
};

/** Names and numbers of EltwiseOp. */
const ELTWISE: Readonly<Record<string, string>> = {
  __proto__: null as never,
  PROD: 'Mul',
  0: 'Mul',
  SUM: 'Add',
  1: 'Add',
  MAX: 'Max',
  2: 'Max',
};

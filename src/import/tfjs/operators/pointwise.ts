import type { Attribute } from '../../../graph/graph.js';
import { addClip, addLrn, addPRelu } from '../../canonical/pointwise.js';
import { Unsupported } from '../../unsupported.js';
import { besideValue } from '../channels-last.js';
import { computed, type Operator, type OperatorTable, type TfjsNode } from '../node.js';

/** Activations and other operators that keep the shape. */
export const POINTWISE: OperatorTable = {
  Relu: activation('Relu'),
  Relu6: (node, writer) => computed(addClip(writer, node.value(), 0, 6, node.name)),
  LeakyRelu: activation('LeakyRelu', (node) => ({ alpha: { float: node.number('alpha', 0.2) } })),
  Elu: activation('Elu', (node) => ({ alpha: { float: node.number('alpha', 1) } })),
  Sigmoid: activation('Sigmoid'),
  Tanh: activation('Tanh'),
  HardSigmoid: activation('HardSigmoid', (node) => ({
    alpha: { float: node.number('alpha', 0.2) },
    beta: { float: 0.5 },
  })),
  HardSwish: activation('HardSwish'),
  Gelu: activation('Gelu', () => ({ approximate: 'none' })),
  ClipByValue: (node, writer) =>
    computed(addClip(writer, node.value(), node.scalar(1), node.scalar(2), node.name)),

  Prelu: (node, writer) => {
    const x = node.value();
    const slope = besideValue(node.constant(1), writer.shape(x).length);
    return computed(addPRelu(writer, x, slope, node.name));
  },

  /** Over the channels, the last axis. */
  Softmax: activation('Softmax', () => ({ axis: 1 })),

  /** x / (bias + alpha * sum of squares over depth_radius channels on both sides) ^ beta; ONNX divides alpha by their number. */
  LRN: (node, writer) => {
    const size = 2 * node.number('depth_radius', 5) + 1;
    const parameters = {
      size,
      alpha: node.number('alpha', 1) * size,
      beta: node.number('beta', 0.5),
      bias: node.number('bias', 1),
    };
    return computed(addLrn(writer, node.value(), parameters, node.name));
  },

  Identity: (node) => node.operand(0),
  StopGradient: (node) => node.operand(0),
  Cast: (node) => {
    const to = node.string('DstT', 'DT_FLOAT');
    const computes = node.operand(0).kind === 'value';
    if (computes && !FLOATS.has(to)) throw new Unsupported(`of a computed value to ${to}`);
    return node.operand(0);
  },
};

const FLOATS: ReadonlySet<string> = new Set(['DT_FLOAT', 'DT_HALF', 'DT_DOUBLE', 'DT_BFLOAT16']);

function activation(
  op: string,
  attributes: (node: TfjsNode) => Record<string, Attribute> = () => ({}),
): Operator {
  return (node, writer) => computed(writer.add(op, [node.value()], attributes(node), node.name));
}

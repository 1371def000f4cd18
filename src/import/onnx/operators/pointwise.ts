import type { Attribute } from '../../../graph/graph.js';
import { sizeOf } from '../../../graph/tensor.js';
import { addConstantOperand } from '../../canonical/arithmetic.js';
import { addReshape } from '../../canonical/layout.js';
import { addClip, addLrn, addPRelu } from '../../canonical/pointwise.js';
import type { NetworkWriter } from '../../canonical/writer.js';
import type { Operand } from '../../constant.js';
import { Unsupported } from '../../unsupported.js';
import { axisOf } from '../arguments.js';
import type { OnnxNode } from '../node.js';
import { seen, viewOf } from '../view.js';
import { castTo } from './masks.js';
import { computed, type Operator, type OperatorTable } from './table.js';

/** Activations and other operators that keep the shape. */
export const POINTWISE: OperatorTable = {
  Relu: activation(() => ({})),
  LeakyRelu: activation((node) => ({ alpha: { float: node.float('alpha', 0.01) } })),
  Elu: activation((node) => ({ alpha: { float: node.float('alpha', 1) } })),
  Sigmoid: activation(() => ({})),
  Tanh: activation(() => ({})),
  HardSigmoid: activation((node) => ({
    alpha: { float: node.float('alpha', 0.2) },
    beta: { float: node.float('beta', 0.5) },
  })),
  HardSwish: activation(() => ({})),
  SignedRoot: activation(() => ({})),
  Gelu: activation((node) => ({ approximate: node.string('approximate', 'none') })),
  Silu: activation((node) => (node.has('alpha') ? { alpha: { float: node.float('alpha', 1) } } : {})),
  ...Object.fromEntries(
    ['Mish', 'Softplus', 'Abs', 'Erf', 'Exp', 'Log', 'Sqrt', 'Reciprocal'].map((op) => [
      op,
      activation(() => ({})),
    ]),
  ),
  // lambda times an Elu
  Selu: (node, writer) => {
    const x = viewOf(node, writer);
    const alpha = { float: node.float('alpha', 1.6732632423543772) };
    const elu = writer.add('Elu', [x.value], { alpha }, `${node.name}.elu`);
    const gamma = { dims: [], data: [node.float('gamma', 1.0507009873554805)] };
    return seen(addConstantOperand(writer, 'Mul', elu, gamma, node.name), x.batch);
  },
  // Elu of x / alpha, times alpha
  Celu: (node, writer) => {
    const x = viewOf(node, writer);
    const alpha = node.float('alpha', 1);
    const by = (value: string, factor: number, name: string) => addConstantOperand(writer, 'Mul', value, { dims: [], data: [factor] }, name); // biome-ignore format: one line
    const elu = writer.add('Elu', [by(x.value, 1 / alpha, `${node.name}.scaled`)], { alpha: { float: 1 } }, `${node.name}.elu`); // biome-ignore format: one line
    return seen(by(elu, alpha, node.name), x.batch);
  },
  LRN: (node, writer) => {
    const [size, alpha, beta] = [node.int('size', 1), node.float('alpha', 1e-4), node.float('beta', 0.75)];
    return computed(
      addLrn(writer, node.value(), { size, alpha, beta, bias: node.float('bias', 1) }, node.name),
    );
  },
  PRelu: (node, writer) => computed(addPRelu(writer, node.value(), node.required(1), node.name)),
  Clip: (node, writer) => {
    const low = node.number('min', 1, Number.NEGATIVE_INFINITY);
    const high = node.number('max', 2, Number.POSITIVE_INFINITY);
    const x = viewOf(node, writer);
    return seen(addClip(writer, x.value, low, high, node.name), x.batch);
  },
  Softmax: (node, writer) => addSoftmax(node, writer),
  Identity: (node) => node.operand(0),
  Dropout: (node) => {
    if (node.outputs.length > 1 && node.opset < 7) throw new Unsupported('in training mode');
    return node.operand(0);
  },
  Cast: (node, writer) => {
    const to = node.int('to', 1);
    const kind = [1, 10, 11].includes(to) ? 'float' : to === 9 ? 'truth' : 'whole';
    const cast = castTo(node, writer, kind);
    if (!cast) throw new Unsupported('of a computed value to integers');
    return cast;
  },
};

function activation(attributes: (node: OnnxNode) => Record<string, Attribute>): Operator {
  return (node, writer) => {
    const x = viewOf(node, writer);
    return seen(writer.add(node.op, [x.value], attributes(node), node.name), x.batch);
  };
}

/** Before operator set 13, Softmax ran over its axis and all behind it. */
function addSoftmax(node: OnnxNode, writer: NetworkWriter): Operand {
  const view = viewOf(node, writer);
  const given = axisOf(node.int('axis', node.opset < 13 ? 1 : -1), view.dims.length);
  const axis = view.axis(given);
  const isLast = given === view.dims.length - 1;
  if (node.opset >= 13 || isLast || node.int('alone', 0) === 1)
    return seen(writer.add('Softmax', [view.value], { axis }, node.name), view.batch);
  const x = node.value();
  const shape = writer.shape(x);
  const together = [...shape.slice(1, axis), sizeOf(shape.slice(axis))];
  const flat = addReshape(writer, x, together, `${node.name}.flat`);
  const softmax = writer.add('Softmax', [flat], { axis }, node.name);
  return computed(addReshape(writer, softmax, shape.slice(1), `${node.name}.shaped`));
}

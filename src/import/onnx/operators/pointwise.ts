import type { Attribute } from '../../../graph/graph.js';
import { sizeOf } from '../../../graph/tensor.js';
import { addReshape } from '../../canonical/layout.js';
import { addClip, addLrn, addPRelu } from '../../canonical/pointwise.js';
import type { NetworkWriter } from '../../canonical/writer.js';
import type { Operand } from '../../constant.js';
import { Unsupported } from '../../unsupported.js';
import { networkAxis } from '../batch-axis.js';
import type { OnnxNode } from '../node.js';
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
    const { value, batch } = node.computed();
    return computed(addClip(writer, value, low, high, node.name), batch);
  },
  Softmax: softmax,
  Identity: (node) => node.operand(0),
  Dropout: (node) => {
    if (node.outputs.length > 1 && node.opset < 7) throw new Unsupported('in training mode');
    return node.operand(0);
  },
  Cast: (node) => {
    const FLOATS = [1, 10, 11];
    if (!FLOATS.includes(node.int('to', 1))) throw new Unsupported('of a computed value to integers');
    return node.operand(0);
  },
};

function activation(attributes: (node: OnnxNode) => Record<string, Attribute>): Operator {
  return (node, writer) => {
    const { value, batch } = node.computed();
    return computed(writer.add(node.op, [value], attributes(node), node.name), batch);
  };
}

/** Before operator set 13, Softmax ran over its axis and all behind it. */
function softmax(node: OnnxNode, writer: NetworkWriter): Operand {
  const { value, batch } = node.computed();
  const shape = writer.shape(value);
  const axis = networkAxis(node.int('axis', node.opset < 13 ? 1 : -1), shape.length, batch);
  const isLast = axis === shape.length - 1;
  if (node.opset >= 13 || isLast) return computed(writer.add('Softmax', [value], { axis }, node.name), batch);
  const together = [...shape.slice(1, axis), sizeOf(shape.slice(axis))];
  const flat = addReshape(writer, node.value(), together, `${node.name}.flat`);
  const shares = writer.add('Softmax', [flat], { axis }, node.name);
  return computed(addReshape(writer, shares, shape.slice(1), `${node.name}.shaped`));
}

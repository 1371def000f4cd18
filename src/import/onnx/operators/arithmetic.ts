import { floatOf, inputOf } from '../../../graph/graph.js';
import { sizeOf } from '../../../graph/tensor.js';
import { addConstantOperand } from '../../canonical/arithmetic.js';
import { addClip } from '../../canonical/pointwise.js';
import type { NetworkWriter } from '../../canonical/writer.js';
import type { Operand } from '../../constant.js';
import { Unsupported } from '../../unsupported.js';
import { inNetworkOrder, type Numbers } from '../batch-axis.js';
import type { OnnxNode } from '../node.js';
import { computed, type OperatorTable } from './table.js';

/** Arithmetic of two computed values, or of one and a constant. */
export const ARITHMETIC: OperatorTable = {
  Add: (node, writer) => add(writer, node.operand(0), node.operand(1), node.name),
  Sum: (node, writer) => chain(node, (a, b) => add(writer, a, b, node.name)),
  Mul: (node, writer) => {
    const { value, constant, other, batch } = twoOperands(writer, node.operand(0), node.operand(1));
    if (other === undefined)
      return computed(addConstantOperand(writer, 'Mul', value, constant, node.name), batch);
    const swish = [[value, other], [other, value]].find(([x = '', gate = '']) => isHardSwish(writer, x, gate)); // biome-ignore format: one line
    if (swish) return computed(writer.add('HardSwish', swish.slice(0, 1), {}, node.name), batch);
    return computed(writer.add('Mul', [value, other], {}, node.name), batch);
  },
  Sub: (node, writer) => {
    const { value, constant, other, reversed, batch } = twoOperands(writer, node.operand(0), node.operand(1));
    if (other !== undefined) return computed(writer.add('Sub', [value, other], {}, node.name), batch);
    if (!reversed) {
      const negated = mapped(constant, (c) => -c);
      return computed(addConstantOperand(writer, 'Add', value, negated, node.name), batch);
    }
    const negative = addConstantOperand(writer, 'Mul', value, MINUS_ONE, `${node.name}.negative`);
    return computed(addConstantOperand(writer, 'Add', negative, constant, node.name), batch);
  },
  Div: (node, writer) => {
    const { value, constant, other, reversed, batch } = twoOperands(writer, node.operand(0), node.operand(1));
    if (other !== undefined || reversed) throw new Unsupported('by a computed value');
    const inverse = mapped(constant, (c) => 1 / c);
    return computed(addConstantOperand(writer, 'Mul', value, inverse, node.name), batch);
  },
  Neg: (node, writer) => {
    const { value, batch } = node.computed();
    return computed(addConstantOperand(writer, 'Mul', value, MINUS_ONE, node.name), batch);
  },
  Max: (node, writer) => chain(node, (a, b) => extremum(writer, 'Max', a, b, node.name)),
  Min: (node, writer) => chain(node, (a, b) => extremum(writer, 'Min', a, b, node.name)),
};

const MINUS_ONE: Numbers = { dims: [], data: [-1] };
const NONE: Numbers = { dims: [0], data: [] };

interface TwoOperands {
  /** The first computed operand. */
  readonly value: string;
  /** The second computed operand, when both are computed. */
  readonly other: string | undefined;
  /** The constant operand, when only one is computed. */
  readonly constant: Numbers;
  /** Whether the constant comes first. */
  readonly reversed: boolean;
  /** The axis at which the file has the batch. */
  readonly batch: number;
}

function twoOperands(writer: NetworkWriter, a: Operand, b: Operand): TwoOperands {
  if (a.kind === 'value' && b.kind === 'value') {
    if (writer.shape(a.value).length !== writer.shape(b.value).length)
      throw new Unsupported('of values of different rank');
    if (a.batch !== b.batch) throw new Unsupported(`with the batch as axes ${a.batch} and ${b.batch}`);
    return { value: a.value, other: b.value, constant: NONE, reversed: false, batch: a.batch };
  }
  const [operand, constant, reversed] = a.kind === 'value' ? [a, b, false] : [b, a, true];
  if (operand.kind !== 'value' || constant.kind === 'value') throw new Unsupported('on constants only');
  const { value, batch } = operand;
  const numbers = inNetworkOrder(constant, writer.shape(value).length, batch);
  return { value, other: undefined, constant: numbers, reversed, batch };
}

function add(writer: NetworkWriter, a: Operand, b: Operand, name: string): Operand {
  const { value, constant, other, batch } = twoOperands(writer, a, b);
  return other === undefined
    ? computed(addConstantOperand(writer, 'Add', value, constant, name), batch)
    : computed(writer.add('Add', [value, other], {}, name), batch);
}

/** Before operator set 14, HardSwish is x * HardSigmoid(x) with slope 1/6. */
function isHardSwish(writer: NetworkWriter, x: string, gate: string): boolean {
  const node = writer.producer(gate);
  if (node?.op !== 'HardSigmoid' || inputOf(node) !== x) return false;
  return Math.abs(floatOf(node, 'alpha', 0) - 1 / 6) < 1e-6 && floatOf(node, 'beta', 0) === 0.5;
}

/** The larger or smaller of two; against a number that is a Clip. */
function extremum(writer: NetworkWriter, op: 'Max' | 'Min', a: Operand, b: Operand, name: string): Operand {
  const { value, constant, other, batch } = twoOperands(writer, a, b);
  if (other !== undefined) {
    if (op === 'Min') throw new Unsupported('of two computed values');
    return computed(writer.add('Max', [value, other], {}, name), batch);
  }
  if (sizeOf(constant.dims) !== 1) throw new Unsupported('with a list of constants');
  const bound = constant.data[0] as number;
  const [low, high] = op === 'Max' ? [bound, Number.POSITIVE_INFINITY] : [Number.NEGATIVE_INFINITY, bound];
  return computed(addClip(writer, value, low, high, name), batch);
}

/** An operator of any number of inputs, two at a time. */
function chain(node: OnnxNode, pair: (a: Operand, b: Operand) => Operand): Operand {
  const [first, ...rest] = node.operands.map((_, i) => node.operand(i));
  if (!first) throw new Unsupported('without inputs');
  return rest.reduce(pair, first);
}

/** The operation on every number, once they are needed: a constant may turn out not to fit. */
function mapped(constant: Numbers, operation: (value: number) => number): Numbers {
  return {
    dims: constant.dims,
    get data() {
      const numbers = Float64Array.from(constant.data);
      for (let i = 0; i < numbers.length; i++) numbers[i] = operation(numbers[i] as number);
      return numbers;
    },
  };
}

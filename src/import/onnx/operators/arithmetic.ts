import { floatOf, inputOf } from '../../../graph/graph.js';
import { addConstantOperand } from '../../canonical/arithmetic.js';
import { addClip } from '../../canonical/pointwise.js';
import type { NetworkWriter } from '../../canonical/writer.js';
import { type Constant, ints, type Operand } from '../../constant.js';
import { Unsupported } from '../../unsupported.js';
import type { OnnxNode } from '../node.js';
import { computed, type OperatorTable } from './table.js';

/** Arithmetic of two computed values, or of one and a constant. */
export const ARITHMETIC: OperatorTable = {
  Add: (node, writer) => computed(add(writer, node.operand(0), node.operand(1), node.name)),
  Sum: (node, writer) => chain(node, (a, b) => add(writer, a, b, node.name)),
  Mul: (node, writer) => {
    const { value, constant, other } = operands(node);
    if (other === undefined) return computed(addConstantOperand(writer, 'Mul', value, constant, node.name));
    if (isHardSwish(writer, value, other)) return computed(writer.add('HardSwish', [value], {}, node.name));
    if (isHardSwish(writer, other, value)) return computed(writer.add('HardSwish', [other], {}, node.name));
    return computed(combine(writer, 'Mul', value, other, node.name));
  },
  Sub: (node, writer) => {
    const { value, constant, other, reversed } = operands(node);
    if (other) return computed(combine(writer, 'Sub', value, other, node.name));
    if (!reversed)
      return computed(
        addConstantOperand(
          writer,
          'Add',
          value,
          mapped(constant, (c) => -c),
          node.name,
        ),
      );
    const negative = addConstantOperand(writer, 'Mul', value, MINUS_ONE, `${node.name}.negative`);
    return computed(addConstantOperand(writer, 'Add', negative, constant, node.name));
  },
  Div: (node, writer) => {
    const { value, constant, other, reversed } = operands(node);
    if (other || reversed) throw new Unsupported('by a computed value');
    return computed(
      addConstantOperand(
        writer,
        'Mul',
        value,
        mapped(constant, (c) => 1 / c),
        node.name,
      ),
    );
  },
  Neg: (node, writer) => computed(addConstantOperand(writer, 'Mul', node.value(), MINUS_ONE, node.name)),
  Max: (node, writer) => chain(node, (a, b) => extremum(writer, 'Max', a, b, node.name)),
  Min: (node, writer) => chain(node, (a, b) => extremum(writer, 'Min', a, b, node.name)),
};

const MINUS_ONE = { dims: [], data: [-1] };

interface TwoOperands {
  /** The first computed operand. */
  readonly value: string;
  /** The second computed operand, when both are computed. */
  readonly other: string | undefined;
  /** The constant operand, when only one is computed. */
  readonly constant: Constant;
  /** Whether the constant comes first. */
  readonly reversed: boolean;
}

function operands(node: OnnxNode): TwoOperands {
  return twoOperands(node.operand(0), node.operand(1));
}

function twoOperands(a: Operand, b: Operand): TwoOperands {
  if (a.kind === 'value' && b.kind === 'value')
    return { value: a.value, other: b.value, constant: NONE, reversed: false };
  if (a.kind === 'value' && b.kind !== 'value')
    return { value: a.value, other: undefined, constant: b, reversed: false };
  if (b.kind === 'value' && a.kind !== 'value')
    return { value: b.value, other: undefined, constant: a, reversed: true };
  throw new Unsupported('on constants only');
}

const NONE = ints([0], []);

function add(writer: NetworkWriter, a: Operand, b: Operand, name: string): string {
  const { value, constant, other } = twoOperands(a, b);
  return other === undefined
    ? addConstantOperand(writer, 'Add', value, constant, name)
    : combine(writer, 'Add', value, other, name);
}

function combine(writer: NetworkWriter, op: string, a: string, b: string, name: string): string {
  if (writer.shape(a).length !== writer.shape(b).length) throw new Unsupported('of values of different rank');
  return writer.add(op, [a, b], {}, name);
}

/** Before operator set 14, HardSwish is x * HardSigmoid(x) with slope 1/6. */
function isHardSwish(writer: NetworkWriter, x: string, gate: string): boolean {
  const node = writer.producer(gate);
  if (node?.op !== 'HardSigmoid' || inputOf(node) !== x) return false;
  return Math.abs(floatOf(node, 'alpha', 0) - 1 / 6) < 1e-6 && floatOf(node, 'beta', 0) === 0.5;
}

/** The larger or smaller of two; against a number that is a Clip. */
function extremum(writer: NetworkWriter, op: 'Max' | 'Min', a: Operand, b: Operand, name: string): string {
  const { value, constant, other } = twoOperands(a, b);
  if (other !== undefined) {
    if (op === 'Min') throw new Unsupported('of two computed values');
    return combine(writer, 'Max', value, other, name);
  }
  if (constant.size !== 1) throw new Unsupported('with a list of constants');
  const bound = constant.data[0] as number;
  return op === 'Max'
    ? addClip(writer, value, bound, Number.POSITIVE_INFINITY, name)
    : addClip(writer, value, Number.NEGATIVE_INFINITY, bound, name);
}

/** An operator of any number of inputs, two at a time. */
function chain(node: OnnxNode, pair: (a: Operand, b: Operand) => string): Operand {
  const [first, ...rest] = node.operands.map((_, i) => node.operand(i));
  if (!first) throw new Unsupported('without inputs');
  return rest.reduce((a, b) => computed(pair(a, b)), first);
}

/** The operation on every number, once they are needed: a constant may turn out not to fit. */
function mapped(constant: Constant, operation: (value: number) => number) {
  return {
    dims: constant.dims,
    get data() {
      const numbers = Float64Array.from(constant.data);
      for (let i = 0; i < numbers.length; i++) numbers[i] = operation(numbers[i] as number);
      return numbers;
    },
  };
}

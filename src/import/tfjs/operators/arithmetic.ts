import { addConstantOperand, addNegative } from '../../canonical/arithmetic.js';
import { addClip } from '../../canonical/pointwise.js';
import type { NetworkWriter } from '../../canonical/writer.js';
import { Constant, type Operand } from '../../constant.js';
import { Unsupported } from '../../unsupported.js';
import { besideValue } from '../channels-last.js';
import { computed, type Operator, type OperatorTable, type TfjsNode } from '../node.js';
import { refuseChannelsFirst } from './windows.js';

const sum: Operator = (node, writer) =>
  node.operands.slice(1).reduce((a, b) => computed(binary(writer, 'Add', a, b, node.name)), node.operand(0));

/** Arithmetic of two computed values, or of one and a constant. */
export const ARITHMETIC: OperatorTable = {
  Add: sum,
  AddV2: sum,
  AddN: sum,
  BiasAdd: (node, writer) => {
    refuseChannelsFirst(node);
    return sum(node, writer);
  },
  Mul: (node, writer) => computed(binary(writer, 'Mul', node.operand(0), node.operand(1), node.name)),
  Sub: (node, writer) => {
    const [a, b] = [node.operand(0), node.operand(1)];
    if (b.kind !== 'value')
      return computed(
        binary(
          writer,
          'Add',
          a,
          mapped(b, (c) => -c),
          node.name,
        ),
      );
    if (a.kind === 'value') return computed(addPair(writer, 'Sub', a.value, b.value, node.name));
    const negative = addNegative(writer, b.value, `${node.name}.negative`);
    return computed(binary(writer, 'Add', computed(negative), a, node.name));
  },
  RealDiv: (node, writer) =>
    computed(
      binary(
        writer,
        'Mul',
        node.operand(0),
        mapped(node.constant(1), (c) => 1 / c),
        node.name,
      ),
    ),
  Neg: (node, writer) => computed(addNegative(writer, node.value(), node.name)),
  Maximum: (node, writer) => {
    if (node.operands.every(({ kind }) => kind === 'value'))
      return computed(addPair(writer, 'Max', node.value(0), node.value(1), node.name));
    const { value, bound } = bounded(node);
    return computed(addClip(writer, value, bound, Number.POSITIVE_INFINITY, node.name));
  },
  Minimum: (node, writer) => {
    const { value, bound } = bounded(node);
    return computed(addClip(writer, value, Number.NEGATIVE_INFINITY, bound, node.name));
  },
};

function binary(writer: NetworkWriter, op: 'Add' | 'Mul', a: Operand, b: Operand, name: string): string {
  if (a.kind !== 'value') {
    if (b.kind !== 'value') throw new Unsupported('on constants only');
    return binary(writer, op, b, a, name);
  }
  if (b.kind === 'value') return addPair(writer, op, a.value, b.value, name);
  const constant = besideValue(b, writer.shape(a.value).length);
  return addConstantOperand(writer, op, a.value, constant, name);
}

function addPair(writer: NetworkWriter, op: string, a: string, b: string, name: string): string {
  if (writer.shape(a).length !== writer.shape(b).length) throw new Unsupported('of values of different rank');
  return writer.add(op, [a, b], {}, name);
}

/** A computed value and the one number beside it. */
function bounded(node: TfjsNode): { value: string; bound: number } {
  const first = node.operand(0).kind === 'value' ? 0 : 1;
  return { value: node.value(first), bound: node.scalar(1 - first) };
}

function mapped(constant: Constant, operation: (value: number) => number): Constant {
  return new Constant('float64', constant.dims, () => Float64Array.from(constant.data, operation));
}

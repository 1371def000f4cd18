import { traitsOf } from '../../../graph/operators/table.js';
import { addConstantOperand, addNegative } from '../../canonical/arithmetic.js';
import { addClip } from '../../canonical/pointwise.js';
import type { NetworkWriter } from '../../canonical/writer.js';
import type { ComputedValue } from '../../constant.js';
import type { OnnxNode } from '../node.js';
import { type View, viewOf } from '../view.js';
import type { OperatorTable } from './table.js';

/*
 * Truth values that are computed, of masks that are given with words: numbers that are 1 or 0.
 */

/** Makes something above 1 of every number that is none but 0. */
const HUGE = 2 ** 100;

export const MASKS: OperatorTable = {
  Not: (node, writer) => negated(writer, viewOf(node, writer), node.name).operand,
  Equal: (node, writer) => {
    const first = node.operand(0).kind === 'value' ? 0 : 1;
    const view = viewOf(node, writer, first);
    const number = view.alignedConstant(node.given(1 - first));
    const negative = { dims: number.dims, data: Float64Array.from(number.data, (x) => -x) };
    const difference = view.with(
      addConstantOperand(writer, 'Add', view.value, negative, `${node.name}.less`),
    );
    return negated(writer, truthOf(writer, difference, `${node.name}.other`), node.name).operand;
  },
};

/** 1 where a number is not 0, else 0. */
export function truthOf(writer: NetworkWriter, view: View, name: string): View {
  const size = writer.add('Abs', [view.value], {}, `${name}.size`);
  const large = addConstantOperand(writer, 'Mul', size, { dims: [], data: [HUGE] }, `${name}.large`);
  return integers(writer, view.with(addClip(writer, large, 0, 1, name)));
}

/** 1 - x */
export function negated(writer: NetworkWriter, view: View, name: string): View {
  const negative = addNegative(writer, view.value, `${name}.negative`);
  return integers(
    writer,
    view.with(addConstantOperand(writer, 'Add', negative, { dims: [], data: [1] }, name)),
  );
}

function integers(writer: NetworkWriter, view: View): View {
  writer.integers.add(view.value);
  return view;
}

/** Whether a value is known to hold integers: it is given as such, is a truth value, or is moved or repeated of those. */
export function holdsIntegers(writer: NetworkWriter, value: string): boolean {
  if (writer.integers.has(value)) return true;
  const node = writer.producer(value);
  if (!node || !(traitsOf(node).kind === 'move' || node.op === 'Mul' || node.op === 'Add')) return false;
  return node.inputs.every((input) => {
    if (writer.hasConstant(input))
      return Array.from(writer.constantOf(input).data, Number).every(Number.isInteger);
    return holdsIntegers(writer, input);
  });
}

/** A Cast of a computed value. Undefined where integers would have to be cut off. */
export function castTo(
  node: OnnxNode,
  writer: NetworkWriter,
  kind: 'float' | 'whole' | 'truth',
): ComputedValue | undefined {
  const view = viewOf(node, writer);
  if (kind === 'truth') return truthOf(writer, view, node.name).operand;
  return kind === 'float' || holdsIntegers(writer, view.value) ? view.operand : undefined;
}

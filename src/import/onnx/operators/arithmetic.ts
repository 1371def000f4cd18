import { floatOf, inputOf } from '../../../graph/graph.js';
import { addConstantOperand, addNegative } from '../../canonical/arithmetic.js';
import { addClip } from '../../canonical/pointwise.js';
import type { NetworkWriter } from '../../canonical/writer.js';
import { type ComputedValue, type Constant, ints, type Operand } from '../../constant.js';
import { Unsupported } from '../../unsupported.js';
import { commonShape, repeated } from '../folding/broadcast.js';
import type { OnnxNode } from '../node.js';
import { alike, type Numbers, seen, View, viewOf } from '../view.js';
import { negated } from './masks.js';
import type { OperatorTable } from './table.js';

/** Arithmetic of two computed values, or of one and a constant. */
export const ARITHMETIC: OperatorTable = {
  Add: (node, writer) => add(writer, node.operand(0), node.operand(1), node.name),
  Sum: (node, writer) => chain(node, (a, b) => add(writer, a, b, node.name)),
  Mul: (node, writer) => {
    const { value, constant, other } = operands(node, writer);
    if (other === undefined) return withConstant(writer, 'Mul', value, constant, node.name);
    if (isHardSwish(writer, value.value, other.value)) return hardSwish(writer, value, node.name);
    if (isHardSwish(writer, other.value, value.value)) return hardSwish(writer, other, node.name);
    return combine(writer, 'Mul', value, other, node.name);
  },
  Sub: (node, writer) => {
    const { value, constant, other, reversed } = operands(node, writer);
    if (other) return combine(writer, 'Sub', value, other, node.name);
    if (!reversed) return withConstant(writer, 'Add', value, mapped(constant, (c) => -c), node.name); // biome-ignore format: one line
    const negative = addNegative(writer, value.value, `${node.name}.negative`);
    return withConstant(writer, 'Add', value.with(negative), constant, node.name);
  },
  Div: (node, writer) => {
    const { value, constant, other, reversed } = operands(node, writer);
    if (other) return combine(writer, 'Div', value, other, node.name);
    if (reversed) {
      const inverse = writer.add('Reciprocal', [value.value], {}, `${node.name}.inverse`);
      return withConstant(writer, 'Mul', value.with(inverse), constant, node.name);
    }
    return withConstant(writer, 'Mul', value, mapped(constant, (c) => 1 / c), node.name); // biome-ignore format: one line
  },
  Pow: (node, writer) => power(node, writer),
  // x / (1 + |x|)
  Softsign: (node, writer) => {
    const x = viewOf(node, writer);
    const size = writer.add('Abs', [x.value], {}, `${node.name}.size`);
    const sum = addConstantOperand(writer, 'Add', size, { dims: [], data: [1] }, `${node.name}.sum`);
    return seen(writer.add('Div', [x.value, sum], {}, node.name), x.batch);
  },
  Where: (node, writer) => chosen(node, writer),
  Neg: (node, writer) => {
    const x = viewOf(node, writer);
    return seen(addNegative(writer, x.value, node.name), x.batch);
  },
  Max: (node, writer) => chain(node, (a, b) => extremum(writer, 'Max', a, b, node.name)),
  Min: (node, writer) => chain(node, (a, b) => extremum(writer, 'Min', a, b, node.name)),
};

interface TwoOperands {
  /** The first computed operand. */
  readonly value: View;
  /** The second computed operand, when both are computed. */
  readonly other: View | undefined;
  /** The constant operand, when only one is computed. */
  readonly constant: Constant;
  /** Whether the constant comes first. */
  readonly reversed: boolean;
}

function operands(node: OnnxNode, writer: NetworkWriter): TwoOperands {
  return twoOperands(writer, node.operand(0), node.operand(1));
}

function twoOperands(writer: NetworkWriter, a: Operand, b: Operand): TwoOperands {
  const [first, second] = [a, b].map((operand) =>
    operand.kind === 'value' ? View.of(writer, operand) : undefined,
  );
  if (first) return { value: first, other: second, constant: b.kind === 'value' ? NONE : b, reversed: false };
  if (second && a.kind !== 'value') return { value: second, other: undefined, constant: a, reversed: true };
  throw new Unsupported('on constants only');
}

const NONE = ints([0], []);

function withConstant(
  writer: NetworkWriter,
  op: 'Add' | 'Mul',
  view: View,
  constant: Numbers,
  name: string,
): ComputedValue {
  const aligned = view.isFirst ? constant : view.alignedConstant(constant);
  return seen(addConstantOperand(writer, op, view.value, aligned, name), view.batch);
}

function add(writer: NetworkWriter, a: Operand, b: Operand, name: string): ComputedValue {
  const { value, constant, other } = twoOperands(writer, a, b);
  return other === undefined
    ? withConstant(writer, 'Add', value, constant, name)
    : combine(writer, 'Add', value, other, name);
}

function combine(writer: NetworkWriter, op: string, a: View, b: View, name: string): ComputedValue {
  if (a.shape.length !== b.shape.length) throw new Unsupported('of values of different rank');
  if (!alike(a.batch, b.batch))
    throw new Unsupported(`with the batch as axes ${a.batch.axis} and ${b.batch.axis}`);
  return seen(writer.add(op, [a.value, b.value], {}, name), a.batch);
}

/** A value where a constant says so, elsewhere a constant: times one or zero, plus the constant. */
function chosen(node: OnnxNode, writer: NetworkWriter): Operand {
  if (node.operand(0).kind === 'value') return masked(node, writer);
  const condition = node.given(0);
  const { value, constant, other, reversed } = twoOperands(writer, node.operand(1), node.operand(2));
  if (other) throw new Unsupported('of two computed values');
  const keeps = (truth: number) => (truth !== 0) !== reversed;
  const kept = mapped(condition, (truth) => (keeps(truth) ? 1 : 0));
  const shape = commonShape([condition.dims, constant.dims]);
  const filled = {
    dims: shape,
    get data() {
      const numbers = (x: Constant) => repeated(x, shape, (_, length) => new Float64Array(length));
      const [truths, fills] = [numbers(condition), numbers(constant)];
      return Float64Array.from(truths, (truth, i) =>
        keeps(truth) ? 0 : Math.max(fills[i] as number, LOWEST),
      );
    },
  };
  const scaled = withConstant(writer, 'Mul', value, kept, `${node.name}.kept`);
  return withConstant(writer, 'Add', View.of(writer, scaled), filled, node.name);
}

/** The same by truth values that are computed: what is chosen times them, plus the rest times 1 less them. */
function masked(node: OnnxNode, writer: NetworkWriter): Operand {
  const yes = viewOf(node, writer);
  const no = negated(writer, yes, `${node.name}.not`);
  const parts = [yes, no].map((truth, i) => {
    const operand = node.operand(i + 1);
    const name = `${node.name}.${i === 0 ? 'then' : 'else'}`;
    if (operand.kind !== 'value')
      return withConstant(
        writer,
        'Mul',
        truth,
        mapped(operand, (x) => Math.max(x, LOWEST)),
        name,
      );
    return combine(writer, 'Mul', View.of(writer, operand), truth, name);
  });
  return add(writer, parts[0] as Operand, parts[1] as Operand, node.name);
}

/** Stands for minus infinity in scores: a softmax makes zero of both. */
const LOWEST = -3.4028234663852886e38;

function hardSwish(writer: NetworkWriter, x: View, name: string): Operand {
  return seen(writer.add('HardSwish', [x.value], {}, name), x.batch);
}

/** Before operator set 14, HardSwish is x * HardSigmoid(x) with slope 1/6. */
function isHardSwish(writer: NetworkWriter, x: string, gate: string): boolean {
  const node = writer.producer(gate);
  if (node?.op !== 'HardSigmoid' || inputOf(node) !== x) return false;
  return Math.abs(floatOf(node, 'alpha', 0) - 1 / 6) < 1e-6 && floatOf(node, 'beta', 0) === 0.5;
}

/** x to a constant power; the usual ones by operators of their own. */
function power(node: OnnxNode, writer: NetworkWriter): Operand {
  const x = viewOf(node, writer);
  const exponent = node.given(1);
  const by = exponent.data[0] as number;
  if (exponent.size !== 1 || by === 0) throw new Unsupported('to other powers than one number but 0');
  if (by === 1) return node.operand(0);
  const size = Math.abs(by);
  const name = by < 0 ? `${node.name}.power` : node.name;
  const raised =
    size === 1
      ? x.value
      : size === 0.5
        ? writer.add('Sqrt', [x.value], {}, name)
        : writer.add('Pow', [x.value, writer.scalar(size)], {}, name);
  return seen(by < 0 ? writer.add('Reciprocal', [raised], {}, node.name) : raised, x.batch);
}

/** The larger or smaller of two; against a number that is a Clip. */
function extremum(writer: NetworkWriter, op: 'Max' | 'Min', a: Operand, b: Operand, name: string): Operand {
  const { value, constant, other } = twoOperands(writer, a, b);
  if (other !== undefined) {
    if (op === 'Max') return combine(writer, 'Max', value, other, name);
    const negative = (view: View, part: string) => view.with(addNegative(writer, view.value, part));
    const [left, right] = [negative(value, `${name}.left`), negative(other, `${name}.right`)];
    const most = View.of(writer, combine(writer, 'Max', left, right, `${name}.most`));
    return negative(most, name).operand;
  }
  if (constant.size !== 1) throw new Unsupported('with a list of constants');
  const bound = constant.data[0] as number;
  const [low, high] = op === 'Max' ? [bound, Number.POSITIVE_INFINITY] : [Number.NEGATIVE_INFINITY, bound];
  return seen(addClip(writer, value.value, low, high, name), value.batch);
}

/** An operator of any number of inputs, two at a time. */
function chain(node: OnnxNode, pair: (a: Operand, b: Operand) => Operand): Operand {
  const [first, ...rest] = node.operands.map((_, i) => node.operand(i));
  if (!first) throw new Unsupported('without inputs');
  return rest.reduce(pair, first);
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

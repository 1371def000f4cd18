import type { NumberArray } from '../../../graph/strided.js';
import { sizeOf } from '../../../graph/tensor.js';
import { batchesIn, timesBatch } from '../../batch-size.js';
import { Constant, type ElementType } from '../../constant.js';
import { Unsupported } from '../../unsupported.js';
import { ELEMENTS, elementOf } from '../element-types.js';
import type { OnnxNode } from '../node.js';
import { commonShape, repeated } from './broadcast.js';
import type { Allocate, Fold, FoldTable } from './table.js';

/** The types that an operator is defined for. */
type Types = readonly ElementType[];
const ALL = [...ELEMENTS.values()].map(({ type }) => type);
const TRUTH: Types = ['bool'];
const NUMBERS: Types = ALL.filter((type) => type !== 'bool');
const SIGNED = NUMBERS.filter((type) => !type.startsWith('uint'));
const FRACTIONAL = ALL.filter((type) => !elementOf(type).whole);

/** Conversions, arithmetic, comparisons and logic, element by element; constants repeat by numpy's rule. */
export const COMPUTED: FoldTable = {
  Cast: (node, allocate) => cast(node, allocate),
  Where: (node, allocate) => where(node, allocate),

  Add: arithmetic((a, b) => a + b, { neutral: 0, commutes: true }),
  Sub: arithmetic((a, b) => a - b, { neutral: 0 }),
  Mul: arithmetic((a, b) => a * b, {
    neutral: 1,
    commutes: true,
    scaled: (left, right, a, b) => (left && right ? undefined : (left ?? a) * (right ?? b)),
  }),
  Div: arithmetic((a, b) => a / b, {
    neutral: 1,
    ofIntegers: (a, b) => (a - (a % b)) / b,
    scaled: (left, right, _, b) => (left && !right ? left / b : undefined),
  }),
  Mod: (node, allocate) => modulo(node, allocate),
  // Runtimes differ in what powers of integers are.
  Pow: arithmetic(Math.pow, { types: FRACTIONAL }),
  Max: arithmetic(Math.max),
  Min: arithmetic(Math.min),

  Equal: (node, allocate) => equal(node, allocate),
  Less: comparison((a, b) => a < b, NUMBERS),
  LessOrEqual: comparison((a, b) => a <= b, NUMBERS),
  Greater: comparison((a, b) => a > b, NUMBERS),
  GreaterOrEqual: comparison((a, b) => a >= b, NUMBERS),

  And: comparison((a, b) => a !== 0 && b !== 0, TRUTH),
  Or: comparison((a, b) => a !== 0 || b !== 0, TRUTH),
  Xor: comparison((a, b) => a !== b, TRUTH),
  Not: unary((value) => (value === 0 ? 1 : 0), TRUTH),

  Abs: unary(Math.abs, NUMBERS),
  Neg: unary((value) => -value, SIGNED),
  Sign: unary(Math.sign, SIGNED),
  Floor: unary(Math.floor, FRACTIONAL),
  Ceil: unary(Math.ceil, FRACTIONAL),
  Sqrt: unary(Math.sqrt, FRACTIONAL),
  Exp: unary(Math.exp, FRACTIONAL),
  Erf: unary(erf, FRACTIONAL),
  Cos: unary(Math.cos, FRACTIONAL),
  Sin: unary(Math.sin, FRACTIONAL),
  Log: unary(Math.log, FRACTIONAL),
  Tanh: unary(Math.tanh, FRACTIONAL),
  Sigmoid: unary((value) => 1 / (1 + Math.exp(-value)), FRACTIONAL),
  Reciprocal: unary((value) => 1 / value, FRACTIONAL),
  Relu: unary((value) => Math.max(value, 0), SIGNED),
  Clip: (node, allocate) => clip(node, allocate),
};

type Operation = (a: number, b: number) => number;

interface Meaning {
  /** The operation on integers, where it is another one. */
  readonly ofIntegers?: Operation;
  /** The second operand (or, if the operation commutes, either one) that leaves the batch size as it is. */
  readonly neutral?: number;
  readonly commutes?: boolean;
  /** What it is folded for; all numbers by default. */
  readonly types?: Types;
  /**
   * What it makes of sizes that depend on the batch: how many times the batch it is, where `left` or `right`, the operands a
   * and b, are such sizes.
   */
  readonly scaled?: (
    left: number | undefined,
    right: number | undefined,
    a: number,
    b: number,
  ) => number | undefined;
}

/** A multiple of the batch. @throws Unsupported where it is none */
function ofBatch(count: number | undefined): number {
  if (count === undefined || !Number.isInteger(count) || count < 1) return known(Number.NaN);
  return timesBatch(count);
}

function arithmetic(operation: Operation, meaning: Meaning = {}): Fold {
  const { ofIntegers = operation, types = NUMBERS, neutral, commutes = false, scaled } = meaning;
  return (node, allocate) => {
    const { type } = node.given(0);
    const { hold, whole } = elementOf(type);
    if (!types.includes(type)) throw new Unsupported(`of ${type}`);
    const own = whole ? ofIntegers : operation;
    return combined(node, type, allocate, (a, b) => {
      const [left, right] = [batchesIn(a), batchesIn(b)];
      if (left === undefined && right === undefined) return hold(known(own(hold(a), hold(b))));
      if (left !== undefined && b === neutral) return a;
      if (commutes && right !== undefined && a === neutral) return b;
      return ofBatch(whole ? scaled?.(left, right, a, b) : undefined);
    });
  };
}

function comparison(operation: (a: number, b: number) => boolean, types: Types = ALL): Fold {
  return (node, allocate) => {
    const { type } = node.given(0);
    if (!types.includes(type)) throw new Unsupported(`of ${type}`);
    const { hold } = elementOf(type);
    return combined(node, 'bool', allocate, (a, b) => (operation(hold(known(a)), hold(known(b))) ? 1 : 0));
  };
}

/** Two constants of one type, element by element. */
function combined(node: OnnxNode, type: ElementType, allocate: Allocate, operation: Operation): Constant {
  const operands = [node.given(0), node.given(1)];
  const [a, b] = operands as [Constant, Constant];
  if (a.type !== b.type) throw new Unsupported(`of ${a.type} and ${b.type}`);
  if (node.operands.length > operands.length) throw new Unsupported(`of ${node.operands.length} constants`);
  const dims = commonShape(operands.map((operand) => operand.dims));
  const data = allocate(type, sizeOf(dims));
  const [x, y] = [repeated(a, dims, allocate), repeated(b, dims, allocate)];
  for (let i = 0; i < data.length; i++) data[i] = operation(x[i] as number, y[i] as number);
  return new Constant(type, dims, data);
}

/** The batch size equals no number below 1. */
function equal(node: OnnxNode, allocate: Allocate): Constant {
  const { hold, whole } = elementOf(node.given(0).type);
  const isSize = (value: number) => whole && batchesIn(value) !== undefined;
  return combined(node, 'bool', allocate, (a, b) => {
    if ((isSize(a) && b < 1) || (isSize(b) && a < 1)) return 0;
    return hold(known(a)) === hold(known(b)) ? 1 : 0;
  });
}

/** The rest of a division: with the sign of the divisor, or with that of the dividend (`fmod`). */
function modulo(node: OnnxNode, allocate: Allocate): Constant {
  const { type } = node.given(0);
  const { hold, whole } = elementOf(type);
  const ofDividend = node.int('fmod', 0) === 1;
  if (!whole && !ofDividend) throw new Unsupported(`of ${type}`);
  return combined(node, type, allocate, (a, b) => {
    const rest = hold(known(a)) % hold(known(b));
    return hold(known(ofDividend || rest * b >= 0 ? rest : rest + b));
  });
}

function unary(operation: (value: number) => number, types: Types): Fold {
  return (node, allocate) => {
    const x = node.given(0);
    if (!types.includes(x.type)) throw new Unsupported(`of ${x.type}`);
    const { hold } = elementOf(x.type);
    return mapped(x, x.type, (value) => hold(known(operation(hold(known(value))))), allocate);
  };
}

/** From here on it is 1 in double precision. */
const LARGEST_ERF = 6;

/** 2 / sqrt(pi) e^(-x^2) times the sum of 2^n x^(2n + 1) / (1 3 ... (2n + 1)), whose terms have one sign. */
function erf(x: number): number {
  if (Math.abs(x) >= LARGEST_ERF) return Math.sign(x);
  let [sum, term] = [0, x];
  for (let n = 0; Math.abs(term) > Number.EPSILON * Math.abs(sum); n++) {
    sum += term;
    term *= (2 * x * x) / (2 * n + 3);
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

function clip(node: OnnxNode, allocate: Allocate): Constant {
  const x = node.given(0);
  const low = node.number('min', 1, Number.NEGATIVE_INFINITY);
  const high = node.number('max', 2, Number.POSITIVE_INFINITY);
  return mapped(x, x.type, (value) => Math.min(Math.max(known(value), low), high), allocate);
}

/** Fractions are cut off, truth is any number but 0, and the batch size stays what it is where it can. */
function cast(node: OnnxNode, allocate: Allocate): Constant {
  const x = node.given(0);
  const element = ELEMENTS.get(node.int('to', 0));
  if (!element) throw new Unsupported(`to data type ${node.int('to', 0)}`);
  const { type, hold, whole } = element;
  if (type === x.type) return x;
  if (type === 'bool') return mapped(x, type, (value) => (known(value) === 0 ? 0 : 1), allocate);
  return mapped(x, type, whole ? (value) => hold(Math.trunc(value)) : hold, allocate);
}

function where(node: OnnxNode, allocate: Allocate): Constant {
  const [condition, yes, no] = [0, 1, 2].map((index) => node.given(index)) as [Constant, Constant, Constant];
  if (condition.type !== 'bool' || yes.type !== no.type)
    throw new Unsupported(`of ${condition.type}, ${yes.type} and ${no.type}`);
  const dims = commonShape([condition.dims, yes.dims, no.dims]);
  const data = allocate(yes.type, sizeOf(dims));
  const [chosen, a, b] = [condition, yes, no].map((one) => repeated(one, dims, allocate)) as [
    NumberArray,
    NumberArray,
    NumberArray,
  ];
  for (let i = 0; i < data.length; i++) data[i] = (known(chosen[i] as number) === 0 ? b[i] : a[i]) as number;
  return new Constant(yes.type, dims, data);
}

function mapped(
  x: Constant,
  type: ElementType,
  operation: (value: number) => number,
  allocate: Allocate,
): Constant {
  const data = allocate(type, x.size);
  const from = x.data;
  for (let i = 0; i < data.length; i++) data[i] = operation(from[i] as number);
  return new Constant(type, x.dims, data);
}

function known(value: number): number {
  if (batchesIn(value) !== undefined) throw new Unsupported('on the batch size, or on what is no number');
  return value;
}

import { describe, expect, it } from 'vitest';
import { Constant, type ElementType } from '../../src/import/constant.js';
import { ELEMENTS } from '../../src/import/onnx/element-types.js';
import type { NodeProto } from '../../src/onnx/decode.js';
import { Dice } from '../fuzz/dice.js';
import {
  computed,
  constant,
  decoded,
  folded,
  int64,
  NOT_THEIRS,
  plain,
  TYPES,
  tensorOf,
} from './constants.js';

const OPSET = 18;
const FRACTIONAL: readonly ElementType[] = ['float16', 'float32', 'float64', 'int64'];

/** An operator with constants to read. */
interface Case {
  readonly op: string;
  readonly inputs: readonly (Constant | undefined)[];
  readonly attributes?: Readonly<Record<string, number | readonly number[] | Constant>>;
  readonly outputs?: number;
}

function nodeOf({ op, inputs, attributes = {}, outputs = 1 }: Case) {
  return {
    name: 'node',
    op_type: op,
    input: inputs.map((input, i) => (input ? `in${i}` : '')),
    output: Array.from({ length: outputs }, (_, i) => `out${i}`),
    attribute: Object.entries(attributes).map(([name, value]) => {
      if (typeof value === 'number') return { name, type: 2, i: value };
      return value instanceof Constant
        ? { name, type: 4, t: tensorOf(value) }
        : { name, type: 7, ints: value };
    }),
  };
}

/** Runs a case through both; says whether there was a result to compare. */
async function compare(one: Case): Promise<'equal' | 'refused' | 'not theirs'> {
  const node = nodeOf(one);
  const own = folded(decoded([node])[0] as NodeProto, one.inputs, OPSET);
  if (!own) return 'refused';
  const shown = JSON.stringify({ ...one, inputs: one.inputs.map((input) => input && plain(input)) });
  const initializers = one.inputs.flatMap((input, i) => (input ? [tensorOf(input, `in${i}`)] : []));
  const other = await computed([node], initializers, node.output, OPSET);
  if (typeof other === 'string') {
    expect(other, shown).toMatch(NOT_THEIRS);
    return 'not theirs';
  }
  expect(own.map(plain), shown).toEqual(other);
  return 'equal';
}

/** A constant of few numbers that all types hold. */
function numbers(dice: Dice, type: ElementType, dims: readonly number[]): Constant {
  const count = dims.reduce((a, b) => a * b, 1);
  const whole = type === 'bool' ? () => dice.below(2) : () => dice.below(9) - (type.startsWith('u') ? 0 : 4);
  const least = dice.below(2) ? 0 : 4;
  const fraction = () => dice.below(65) / 8 - least;
  const draw = type.includes('float') ? fraction : whole;
  return constant(type, dims, Array.from({ length: count }, draw));
}

const shapeOf = (dice: Dice, rank = dice.below(4)) => Array.from({ length: rank }, () => 1 + dice.below(3));

/** Shapes that repeat to one another, most of the time. */
function alike(dice: Dice, dims: readonly number[]): number[] {
  const cut = dims.slice(dice.below(dims.length + 1));
  return cut.map((dim) => (dice.below(3) === 0 ? 1 : dim));
}

/** Draws a node of an operator: mostly sound, sometimes with axes, bounds or types that are not. */
type Draw = (dice: Dice) => Case;

const anywhere = (dice: Dice, rank: number) => dice.below(2 * rank + 3) - rank - 1;
const any = (dice: Dice) => numbers(dice, dice.of(TYPES), shapeOf(dice));

function binary(op: string, types: readonly ElementType[] = TYPES): Draw {
  return (dice) => {
    const dims = shapeOf(dice);
    const type = dice.of(types);
    const other = dice.below(12) === 0 ? dice.of(types) : type;
    const inputs = [numbers(dice, type, dims), numbers(dice, other, alike(dice, dims))];
    return { op, inputs: dice.below(2) ? inputs : inputs.reverse() };
  };
}

function unary(op: string, types: readonly ElementType[] = TYPES): Draw {
  return (dice) => ({ op, inputs: [numbers(dice, dice.of(types), shapeOf(dice))] });
}

const OPERATORS: Readonly<Record<string, Draw>> = {
  Cast: (dice) => {
    const to = dice.of([...ELEMENTS.keys(), 8]);
    return { op: 'Cast', inputs: [any(dice)], attributes: { to } };
  },
  Shape: (dice) => {
    const x = any(dice);
    const bound = () => anywhere(dice, x.dims.length);
    const attributes = { ...(dice.below(2) && { start: bound() }), ...(dice.below(2) && { end: bound() }) };
    return { op: 'Shape', inputs: [x], attributes };
  },
  Size: unary('Size'),
  Identity: unary('Identity'),
  Reshape: (dice) => {
    const x = any(dice);
    const shuffled = [...x.dims, 1].sort(() => dice.below(3) - 1);
    const target = shuffled.map((dim) => (dice.below(5) === 0 ? dice.of([-1, 0]) : dim));
    return {
      op: 'Reshape',
      inputs: [x, int64(...target)],
      attributes: { allowzero: dice.below(4) === 0 ? 1 : 0 },
    };
  },
  Flatten: (dice) => {
    const x = any(dice);
    return { op: 'Flatten', inputs: [x], attributes: { axis: anywhere(dice, x.dims.length) } };
  },
  Squeeze: (dice) => {
    const x = any(dice);
    const axes = x.dims.flatMap((dim, axis) =>
      dim === 1 && dice.below(2) ? [dice.below(2) ? axis : axis - x.dims.length] : [],
    );
    if (dice.below(6) === 0) axes.push(anywhere(dice, x.dims.length));
    return { op: 'Squeeze', inputs: dice.below(2) ? [x] : [x, int64(...axes)] };
  },
  Unsqueeze: (dice) => {
    const x = any(dice);
    const axes = Array.from({ length: 1 + dice.below(2) }, () => anywhere(dice, x.dims.length + 1));
    return { op: 'Unsqueeze', inputs: [x, int64(...axes)] };
  },
  Transpose: (dice) => {
    const x = any(dice);
    const perm = x.dims.map((_, axis) => axis).sort(() => dice.below(3) - 1);
    if (dice.below(8) === 0) perm[0] = anywhere(dice, perm.length);
    return { op: 'Transpose', inputs: [x], ...(dice.below(3) && { attributes: { perm } }) };
  },
  Expand: (dice) => {
    const dims = shapeOf(dice);
    return { op: 'Expand', inputs: [numbers(dice, dice.of(TYPES), alike(dice, dims)), int64(...dims)] };
  },
  Gather: (dice) => {
    const x = numbers(dice, dice.of(TYPES), shapeOf(dice, 1 + dice.below(3)));
    const axis = dice.below(6)
      ? dice.below(x.dims.length) - dice.below(2) * x.dims.length
      : anywhere(dice, x.dims.length);
    const size = x.dims.at(axis) ?? 1;
    const chosen = shapeOf(dice, dice.below(3));
    const index = () => (dice.below(20) ? dice.below(2 * size) - size : 5);
    const list = Array.from({ length: chosen.reduce((a, b) => a * b, 1) }, index);
    return {
      op: 'Gather',
      inputs: [x, constant(dice.of(['int64', 'int32']), chosen, list)],
      attributes: { axis },
    };
  },
  Slice: (dice) => {
    const x = numbers(dice, dice.of(TYPES), shapeOf(dice, 1 + dice.below(3)));
    const rank = x.dims.length;
    const count = 1 + dice.below(rank);
    const bound = () =>
      dice.of([...Array(9).keys()].map((i) => i - 4).concat([2 ** 31 - 1, -(2 ** 31), 2 ** 40]));
    const list = (draw: () => number) => int64(...Array.from({ length: count }, draw));
    const axes = int64(...[...Array(rank).keys()].sort(() => dice.below(3) - 1).slice(0, count));
    const steps = list(() => dice.of([1, 1, 1, 2, -1, -2, 3]));
    const [starts, ends] = [list(bound), list(bound)];
    return {
      op: 'Slice',
      inputs: [
        [x, starts, ends],
        [x, starts, ends, axes],
        [x, starts, ends, axes, steps],
        [x, starts, ends, undefined, steps],
      ][dice.below(4)] as Constant[],
    };
  },
  Split: (dice) => {
    const x = numbers(dice, dice.of(TYPES), shapeOf(dice, 1 + dice.below(3)));
    const axis = dice.below(x.dims.length);
    const size = x.dims[axis] as number;
    const outputs = 1 + dice.below(size);
    const attributes = { axis: dice.below(2) ? axis : axis - x.dims.length };
    if (dice.below(2))
      return { op: 'Split', inputs: [x], attributes: { ...attributes, num_outputs: outputs }, outputs };
    const sizes = [...Array(outputs - 1).fill(1), size - outputs + 1];
    return { op: 'Split', inputs: [x, int64(...sizes)], attributes, outputs };
  },
  Concat: (dice) => {
    const type = dice.of(TYPES);
    const dims = shapeOf(dice, 1 + dice.below(3));
    const axis = dice.below(dims.length);
    const part = () =>
      numbers(
        dice,
        dice.below(15) ? type : 'float32',
        dims.map((dim, i) => (i === axis ? 1 + dice.below(3) : dim)),
      );
    return {
      op: 'Concat',
      inputs: Array.from({ length: 1 + dice.below(3) }, part),
      attributes: { axis: dice.below(6) ? axis - dice.below(2) * dims.length : anywhere(dice, dims.length) },
    };
  },
  Constant: (dice) => ({
    op: 'Constant',
    inputs: [],
    attributes: dice.of([{ value: any(dice) }, { value_int: 7 }, { value_ints: [1, -2] }]),
  }),
  ConstantOfShape: (dice) => ({
    op: 'ConstantOfShape',
    inputs: [int64(...shapeOf(dice).map((dim) => (dice.below(9) ? dim : 0)))],
    ...(dice.below(4) && { attributes: { value: numbers(dice, dice.of(TYPES), [1]) } }),
  }),
  Range: (dice) => {
    const type = dice.of(['float32', 'float64', 'int16', 'int32', 'int64'] as const);
    const scalar = () => numbers(dice, type, []);
    return { op: 'Range', inputs: [scalar(), scalar(), scalar()] };
  },
  Where: (dice) => {
    const dims = shapeOf(dice);
    const type = dice.of(TYPES);
    const inputs = [
      numbers(dice, 'bool', alike(dice, dims)),
      numbers(dice, type, dims),
      numbers(dice, type, alike(dice, dims)),
    ];
    return { op: 'Where', inputs };
  },
  ...Object.fromEntries(
    [
      'Add',
      'Sub',
      'Mul',
      'Div',
      'Max',
      'Min',
      'Equal',
      'Less',
      'LessOrEqual',
      'Greater',
      'GreaterOrEqual',
    ].map((op) => [op, binary(op)]),
  ),
  ...Object.fromEntries(['And', 'Or', 'Xor'].map((op) => [op, binary(op, ['bool'])])),
  Not: unary('Not', ['bool', 'bool', 'int64']),
  ...Object.fromEntries(['Abs', 'Neg'].map((op) => [op, unary(op)])),
  ...Object.fromEntries(['Floor', 'Ceil', 'Sqrt'].map((op) => [op, unary(op, FRACTIONAL)])),
};

describe('constants are folded into what onnxruntime makes of them', () => {
  it.each(Object.keys(OPERATORS))('%s', async (op) => {
    const dice = new Dice(op);
    const counts = { equal: 0, refused: 0, 'not theirs': 0 };
    for (let i = 0; i < 120; i++) counts[await compare((OPERATORS[op] as Draw)(dice))]++;
    expect(counts.equal).toBeGreaterThan(20);
  });
});

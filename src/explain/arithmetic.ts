import type { GraphBuilder } from '../graph/builder.js';

type Operand = string | number;

/** Elementwise operators as ordinary functions; numbers become scalar constants. */
export type Arithmetic = ReturnType<typeof arithmetic>;

export function arithmetic(builder: GraphBuilder) {
  const name = (operand: Operand) => (typeof operand === 'number' ? builder.scalar(operand) : operand);
  const op =
    (operator: string) =>
    (...operands: Operand[]) =>
      builder.add(operator, operands.map(name), {}, operator.toLowerCase());
  const greater = op('Greater');
  const where = op('Where');
  return {
    add: op('Add'),
    sub: op('Sub'),
    mul: op('Mul'),
    div: op('Div'),
    pow: op('Pow'),
    sqrt: op('Sqrt'),
    abs: op('Abs'),
    exp: op('Exp'),
    max: op('Max'),
    min: op('Min'),
    clip: op('Clip'),
    sign: op('Sign'),
    sigmoid: op('Sigmoid'),
    erf: op('Erf'),
    tanh: op('Tanh'),
    /** max(x, 0) */
    positive: op('Relu'),
    /** 1 where x is above 0, else 0, for x that is never negative: min(2^100 x, 1) in one operator. */
    step: (x: string) =>
      builder.add('HardSigmoid', [x], { alpha: { float: 2 ** 100 }, beta: { float: 0 } }, 'step'),
    /** min(x, 0) */
    negative: (x: Operand) => op('Min')(x, 0),
    greater,
    less: op('Less'),
    where,
    /** `x` where `condition` is above zero, else 0. */
    whereAbove: (condition: Operand, x: Operand) => where(greater(condition, 0), x, 0),
  };
}

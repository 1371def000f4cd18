import { InputError } from '../../errors.js';
import { inputOf, type Node, outputOf } from '../../graph/graph.js';
import { sourceOf } from '../../graph/passes/affine.js';
import type { SimpleRule } from '../rules.js';
import { type Propagate, type Relevance, type Scope, type Share, shapeOf } from '../scope.js';
import { gateOf } from './gates.js';
import { linearRelevance } from './linear.js';
import { stabilised } from './stabilise.js';
import { summandsOf } from './summands.js';

/** A share for every operand that is computed; constants take none. */
function shares(scope: Scope, node: Node, of: (operand: string, index: number) => Relevance): Share[] {
  return node.inputs.flatMap((input, index) => {
    if (scope.graph.constants.has(input)) return [];
    const { map, support } = of(input, index);
    return [{ input, map: summedTo(scope, map, outputOf(node), input), support }];
  });
}

/** Undoes broadcasting: sums over the axes along which the operand was repeated. */
function summedTo(scope: Scope, map: string, from: string, operand: string): string {
  const [large, small] = [shapeOf(scope, from), shapeOf(scope, operand)];
  const axes = large.flatMap((size, axis) => (size !== small[axis] ? [axis] : []));
  if (axes.length === 0) return map;
  return scope.builder.add('ReduceSum', [map, scope.builder.ints(axes)], { keepdims: 1 });
}

/** Tells what constants among the summands take. */
function reportSummands(scope: Scope, node: Node, fraction: string): void {
  const { builder, calc, observer } = scope;
  if (!observer) return;
  for (const { by, constant } of summandsOf(scope, node))
    observer.taken(
      node,
      by,
      calc.mul(
        fraction,
        builder.constant(() => constant, `${node.name}/${by}`),
      ),
    );
}

/** What a sum does with its second operand. */
type Sign = 1 | -1;

/** Sums (`sign` 1) and differences (-1). */
export const sumGradient =
  (sign: Sign): Propagate =>
  (scope, node, { map }) => {
    reportSummands(scope, node, map);
    return shares(scope, node, (_, index) => ({
      map: index === 1 && sign < 0 ? scope.calc.mul(map, sign) : map,
      support: 'anywhere',
    }));
  };

/** Sums and differences: each operand in proportion to what it adds. */
export const sumProportional =
  (sign: Sign): Propagate =>
  (scope, node, { map, support }, rule) => {
    const { calc } = scope;
    const { stabiliser, zeros } = rule as Extract<SimpleRule, { kind: 'proportional' }>;
    if (zeros) throw new InputError(`${node.op} '${node.name}': zeros ${zeros} is for average pools`);
    const fraction = calc.div(map, stabilised(scope, outputOf(node), stabiliser, support));
    reportSummands(scope, node, fraction);
    return shares(scope, node, (operand, index) => {
      const part = calc.mul(operand, fraction);
      return { map: index === 1 && sign < 0 ? calc.mul(part, sign) : part, support: 'nonzero' };
    });
  };

/** A constant summand ahead of the first layer shifts the input: the relevance stays where it is. */
export const summandPass: Propagate = (scope, node, { map }) => {
  const shifts = node.inputs.some((input) => scope.graph.constants.has(input));
  if (!shifts)
    throw new InputError(`${node.op} '${node.name}' sums two computed values: rule pass has no answer`);
  return shares(scope, node, () => ({ map, support: 'anywhere' }));
};

export const productGradient: Propagate = (scope, node, { map }) =>
  shares(scope, node, (_, index) => ({
    map: scope.calc.mul(map, inputOf(node, 1 - index)),
    support: 'anywhere',
  }));

/** 1 / b and -y / b of y = a / b */
export const quotientGradient: Propagate = (scope, node, { map }) => {
  const { calc } = scope;
  const fraction = calc.div(map, inputOf(node, 1));
  return shares(scope, node, (_, index) => ({
    map: index === 0 ? fraction : calc.mul(calc.mul(fraction, outputOf(node)), -1),
    support: 'anywhere',
  }));
};

/** What is divided keeps its relevance; the divisor counts as a constant. */
export const quotientPass: Propagate = (scope, node, { map, support }) => {
  const kept: Relevance = { map, support: support === 'anywhere' ? support : 'nonzero' };
  return shares(scope, node, () => kept).filter(({ input }) => input === inputOf(node));
};

/** A scale by a constant is a linear layer with one weight an element: the relevance stays where it is. */
export const productPass: Propagate = (scope, node, relevance, rule) => {
  const scales = node.inputs.some((input) => scope.graph.constants.has(input));
  if (!scales) return refuseGate(scope, node, relevance, rule);
  const { map, support } = relevance;
  return shares(scope, node, () => ({ map, support: support === 'anywhere' ? support : 'nonzero' }));
};

/** A scale by a constant under a rule for linear layers. */
export const productLinear: Propagate = (scope, node, relevance, rule) => {
  const constant = node.inputs.find((input) => scope.graph.constants.has(input));
  if (!constant) return refuseGate(scope, node, relevance, rule);
  const inputs = [sourceOf(scope.graph, node), constant];
  return linearRelevance(scope, { ...node, inputs }, relevance, rule);
};

/** LRP has no answer for a product of two computed values: the user must choose one. */
export const refuseGate: Propagate = (_, node) => {
  throw new InputError(
    `${node.op} '${node.name}' is a gate, a product of two computed values, and LRP does not say how to share its ` +
      `relevance; choose in a composite of your own, {match: {op: ${node.op}}, rule: gate} counts the gate as constant`,
  );
};

/** The gate of a product is the operand that a sigmoid made (or the smaller one); it counts as a constant. */
export const productGate: Propagate = (scope, node, { map, support }) => {
  const gate = gateOf(scope, node);
  const held: Relevance = { map, support: support === 'anywhere' ? support : 'nonzero' };
  return shares(scope, node, () => held).filter(({ input }) => input !== gate);
};

/** The larger of two operands takes everything; of equals the first. */
export const maxWinner: Propagate = (scope, node, { map, support }) => {
  const { calc } = scope;
  const [a, b] = [inputOf(node, 0), inputOf(node, 1)];
  const second = calc.greater(b, a);
  return shares(scope, node, (_, index) => ({
    map: index === 1 ? calc.where(second, map, 0) : calc.where(second, 0, map),
    support,
  }));
};

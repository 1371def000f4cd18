import { floatOf, inputOf, intOf, type Node } from '../../graph/graph.js';
import { channelSum, lrnParts, positivePower } from '../../graph/passes/expand-lrn.js';
import type { Stabilised } from '../rules.js';
import { type Propagate, type Scope, shapeOf } from '../scope.js';
import { stabilised } from './stabilise.js';

/*
 * Local response normalisation across channels: y_k = x_k D_k^-beta with
 * D_k = bias + alpha / size * (sum of x_j^2 over the window of channels around k).
 */

/**
 * The derivative: g_i D_i^-beta - 2 beta alpha / size x_i sum over the outputs k that read i of g_k x_k D_k^(-beta-1).
 */
export const lrnGradient: Propagate = (scope, node, { map, support }) => {
  const { calc, nonNegative } = scope;
  const x = inputOf(node);
  const { denominator, power } = lrnParts(node);
  const through = calc.div(map, power);
  const mixed = summed(scope, node, calc.mul(x, calc.div(through, denominator)), {
    transposed: true,
    factor: 2 * floatOf(node, 'beta', 0.75) * weightOf(node),
  });
  // Both terms are zero where x is, if the gradient is.
  const kept = support === 'positive' && nonNegative.has(x);
  return [{ input: x, map: calc.sub(through, calc.mul(x, mixed)), support: kept ? 'positive' : 'anywhere' }];
};

/**
 * First-order Taylor form (Binder et al. 2016, "LRP for neural networks with local renormalization layers"), normalised:
 * output k shares its relevance in proportion to z_kk = x_k / (bias + alpha / size x_k^2)^beta for its own channel and
 * z_jk = -2 beta alpha / size x_k x_j^2 / D_k^(beta+1) for the others of its window.
 */
export const lrnTaylor: Propagate = (scope, node, { map }, rule) => {
  const { builder, calc } = scope;
  const x = inputOf(node);
  const beta = floatOf(node, 'beta', 0.75);
  const { denominator, power } = lrnParts(node);
  const squares = calc.mul(x, x);
  const alone = calc.add(calc.mul(squares, weightOf(node)), floatOf(node, 'bias', 1));
  const own = calc.div(x, positivePower(builder, alone, beta));
  const pull = calc.mul(calc.div(x, calc.mul(power, denominator)), -2 * beta * weightOf(node));
  const others = calc.mul(pull, calc.sub(summed(scope, node, squares), squares));
  const { stabiliser } = rule as Stabilised;
  const fraction = calc.div(map, stabilised(scope, calc.add(own, others), stabiliser, 'anywhere'));
  const pulled = calc.mul(pull, fraction);
  const byOthers = calc.sub(summed(scope, node, pulled, { transposed: true }), pulled);
  const relevance = calc.add(calc.mul(own, fraction), calc.mul(squares, byOthers));
  return [{ input: x, map: relevance, support: 'nonzero' }];
};

/** alpha / size */
function weightOf(node: Node): number {
  return floatOf(node, 'alpha', 1e-4) / intOf(node, 'size', 1);
}

function summed(
  scope: Scope,
  node: Node,
  map: string,
  options: { transposed?: boolean; factor?: number } = {},
) {
  return channelSum(scope.builder, node, map, shapeOf(scope, inputOf(node))[1] as number, options);
}

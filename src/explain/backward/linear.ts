import { inputOf, type Node } from '../../graph/graph.js';
import type { LinearRule } from '../rules.js';
import type { Propagate, Relevance, Scope, Share } from '../scope.js';
import { inputBounds } from './bounds.js';
import { product, transposedProduct } from './products.js';
import { shareSigned } from './signed.js';
import { stabilised } from './stabilise.js';
import { IDENTITY, ONES, SQUARED, scaled } from './weight-maps.js';
import { shareByWeights } from './weight-shares.js';

/** The derivative of a linear layer. */
export const linearGradient: Propagate = (scope, node, { map }) => [
  { input: inputOf(node), map: transposedProduct(scope, node, map, IDENTITY), support: 'anywhere' },
];

/** Relevance of a linear layer's input. */
export const linearRelevance: Propagate = (scope, node, relevance, rule) => {
  const linear = rule as LinearRule;
  switch (linear.contributions) {
    case 'signed':
      return [shareSigned(scope, node, relevance, linear)];
    case 'squared':
      return [shareByWeights(scope, node, relevance, SQUARED, linear.stabiliser)];
    case 'flat':
      return [shareByWeights(scope, node, relevance, ONES, linear.stabiliser)];
    case 'box':
      return [shareInBox(scope, node, relevance, linear.stabiliser)];
  }
};

/**
 * zB: v_ij = x_i w_ij - low_i w_ij+ - high_i w_ij- = (x_i - low_i) w_ij+ + (x_i - high_i) w_ij-, which is never negative
 * for inputs between low and high. Without biases, which cancel.
 */
function shareInBox(scope: Scope, node: Node, { map }: Relevance, stabiliser: number): Share {
  const { builder, calc } = scope;
  const input = inputOf(node);
  const { low, high } = inputBounds(scope, node);
  const parts = [
    { value: calc.sub(input, low), weights: scaled(1, 0) },
    { value: calc.sub(input, high), weights: scaled(0, 1) },
  ];
  const sum = builder.sum(parts.map(({ value, weights }) => product(scope, node, value, weights)));
  const fraction = calc.div(map, stabilised(scope, sum, stabiliser, 'anywhere'));
  const shares = parts.map(({ value, weights }) =>
    calc.mul(value, transposedProduct(scope, node, fraction, weights)),
  );
  return { input, map: builder.sum(shares), support: 'anywhere' };
}

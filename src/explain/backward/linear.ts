import { inputOf, type Node, outputOf } from '../../graph/graph.js';
import { floatTensor, sizeOf } from '../../graph/tensor.js';
import type { LinearRule, Term } from '../rules.js';
import { type Propagate, type Relevance, type Scope, type Share, type Support, shapeOf } from '../scope.js';
import { inputBounds } from './bounds.js';
import {
  IDENTITY,
  mappedBias,
  ONES,
  product,
  SQUARED,
  scaled,
  transposedProduct,
  type WeightMap,
} from './products.js';
import { stabilised } from './stabilise.js';

/** The derivative of a Conv or Gemm. */
export const linearGradient: Propagate = (scope, node, { map }) => [
  { input: inputOf(node), map: transposedProduct(scope, node, map, IDENTITY), support: 'anywhere' },
];

/** Relevance of a Conv's or Gemm's input under a linear rule. */
export const linearRelevance: Propagate = (scope, node, relevance, rule) => {
  const linear = rule as LinearRule;
  switch (linear.contributions) {
    case 'signed':
      return [shareSigned(scope, node, relevance, linear.terms, linear.stabiliser)];
    case 'squared':
      return [shareByWeights(scope, node, relevance, SQUARED, linear.stabiliser)];
    case 'flat':
      return [shareByWeights(scope, node, relevance, ONES, linear.stabiliser)];
    case 'box':
      return [shareInBox(scope, node, relevance, linear.stabiliser)];
  }
};

/** An input, or its positive or negative half: which of the weights give positive contributions depends on it. */
interface Half {
  readonly value: string;
  /** The weights that give these factors to positive and negative contributions. */
  weights(positive: number, negative: number): WeightMap;
}

function shareSigned(
  scope: Scope,
  node: Node,
  relevance: Relevance,
  terms: readonly Term[],
  stabiliser: number,
): Share {
  const { calc, builder } = scope;
  const input = inputOf(node);
  const back = new Map<string, string[]>();
  const bothSums = terms.some(({ positive }) => positive === 0);
  for (const term of terms) {
    if (term.when === 'negative' && relevance.support === 'positive') continue;
    const carried = restricted(scope, node, relevance, term);
    const total = denominatorOf(scope, node, term, { stabiliser, bothSums, support: relevance.support });
    const fraction = calc.div(carried, total);
    const factor = favoursNegative(term) ? -term.scale : term.scale;
    const [positive, negative] = [factor * term.positive, factor * term.negative];
    reportBias(scope, node, scaled(positive, negative), fraction);
    for (const half of halvesOf(scope, input, term)) {
      const part = transposedProduct(scope, node, fraction, half.weights(positive, negative));
      back.set(half.value, [...(back.get(half.value) ?? []), part]);
    }
  }
  const parts = [...back].map(([value, products]) => calc.mul(value, builder.sum(products)));
  return { input, map: builder.sum(parts, `${input}/relevance`), support: 'nonzero' };
}

/** Whether a term's sum is that of negative contributions: its denominator is the sum's absolute value. */
function favoursNegative({ positive, negative }: Term): boolean {
  return negative > positive;
}

/** The input as a whole where its sign is known or does not matter, else its two halves. */
function halvesOf(scope: Scope, input: string, { positive, negative }: Term): Half[] {
  if (scope.nonNegative.has(input) || positive === negative) return [{ value: input, weights: scaled }];
  const { positive: above, negative: below } = halves(scope, input);
  return [
    { value: above, weights: scaled },
    { value: below, weights: (positive, negative) => scaled(negative, positive) },
  ];
}

function halves({ calc, split }: Scope, input: string): { positive: string; negative: string } {
  const known = split.get(input);
  if (known) return known;
  const made = { positive: calc.positive(input), negative: calc.negative(input) };
  split.set(input, made);
  return made;
}

/**
 * The stabilised sum of a term's contributions to each neuron, bias included; its absolute value where the term tells
 * signs apart. A sum of n numbers of one sign has a relative error of at most n roundings, whatever their sizes; the
 * difference of two such sums loses what they have in common. So z+ and |z-| are products of their own weights, and
 * nothing is ever taken from them:
 * - z+ = z + |z-| where z > 0, and behind a ReLU no other neuron carries relevance: one product gives both sums;
 * - p z+ + q z- = q z + (p - q) z+ where z > 0 and p > q, or z < 0 and p < q (gamma).
 * The layer's output z is off by roundings of z+ + |z-|, which is at most twice the sum in question.
 */
function denominatorOf(
  scope: Scope,
  node: Node,
  term: Term,
  { stabiliser, bothSums, support }: { stabiliser: number; bothSums: boolean; support: Support },
): string {
  const { calc } = scope;
  const { positive, negative } = term;
  const output = outputOf(node);
  if (positive === negative) return stabilised(scope, output, stabiliser, support);
  if (positive === 0) return sumOf(scope, node, 'negative', stabiliser);
  const outside = favoursNegative(term) ? calc.positive(calc.mul(output, -1)) : above(scope, output);
  if (negative > 0) {
    const sum = sumOf(scope, node, 'positive', stabiliser, Math.abs(positive - negative));
    return calc.add(negative === 1 ? outside : calc.mul(outside, negative), sum);
  }
  // All rules share the product of a convolution. Dense weights, which are large, are split as the rule needs them.
  const throughNegative = support === 'positive' && (bothSums || node.op === 'Conv');
  if (!throughNegative) return sumOf(scope, node, 'positive', stabiliser);
  return calc.add(outside, sumOf(scope, node, 'negative', stabiliser));
}

/** max(z, 0) of a layer's output: that of the ReLU behind it, where there is one. */
function above({ calc, nonNegative, rectified }: Scope, output: string): string {
  return nonNegative.has(output) ? output : (rectified.get(output) ?? calc.positive(output));
}

/** `factor` times the absolute sum of the contributions of one sign to each neuron, bias included, and the stabiliser. */
function sumOf(
  scope: Scope,
  node: Node,
  sign: 'positive' | 'negative',
  stabiliser: number,
  factor = 1,
): string {
  const key = `${node.name}/${factor} ${sign}+${stabiliser}`;
  const known = scope.sums.get(key);
  if (known) return known;
  const [positive, negative] = sign === 'positive' ? [factor, 0] : [0, -factor];
  const term = { scale: 1, positive, negative };
  const products = halvesOf(scope, inputOf(node), term).map((half, i) => {
    const bias = i === 0 ? mappedBias(scope, node, scaled(positive, negative), stabiliser) : undefined;
    return product(scope, node, half.value, half.weights(positive, negative), bias);
  });
  const sum = scope.builder.sum(products);
  scope.sums.set(key, sum);
  return sum;
}

/** The relevance of the neurons that a term is for. */
function restricted({ calc }: Scope, node: Node, { map, support }: Relevance, { when }: Term): string {
  if (when === undefined || support === 'positive') return map;
  const output = outputOf(node);
  return when === 'positive'
    ? calc.where(calc.greater(output, 0), map, 0)
    : calc.where(calc.less(output, 0), map, 0);
}

function reportBias(scope: Scope, node: Node, factors: WeightMap, fraction: string): void {
  if (!scope.observer) return;
  const bias = mappedBias(scope, node, factors);
  if (bias) scope.observer.bias(node, scope.calc.mul(fraction, perChannel(scope, node, bias)));
}

/** A per-channel constant in a shape that broadcasts over the node's output. */
function perChannel(scope: Scope, node: Node, constant: string): string {
  const axes = shapeOf(scope, outputOf(node))
    .slice(2)
    .map((_, axis) => axis + 1);
  return axes.length === 0 ? constant : scope.builder.add('Unsqueeze', [constant, scope.builder.ints(axes)]);
}

/** R_i = sum_j v_ij / sum_i v_ij R_j, where v_ij depends on the weights only and counts the inputs that exist. */
function shareByWeights(
  scope: Scope,
  node: Node,
  { map }: Relevance,
  weights: WeightMap,
  stabiliser: number,
): Share {
  const input = inputOf(node);
  const [, ...dims] = shapeOf(scope, input);
  const ones = scope.builder.constant(
    () => floatTensor([1, ...dims], new Float32Array(sizeOf(dims)).fill(1)),
    `ones:${dims}`,
  );
  const sum = product(scope, node, ones, weights, mappedBias(scope, node, scaled(0, 0), stabiliser));
  const fraction = scope.calc.div(map, sum);
  return { input, map: transposedProduct(scope, node, fraction, weights), support: 'anywhere' };
}

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

import { inputOf, type Node, outputOf } from '../../graph/graph.js';
import { floatTensor, sizeOf } from '../../graph/tensor.js';
import type { LinearRule, Term } from '../rules.js';
import { type Propagate, type Relevance, type Scope, type Share, shapeOf } from '../scope.js';
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
      return [shareSigned(scope, node, relevance, linear.terms, linear.stabiliser, linear.clamp)];
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
  clamp = false,
): Share {
  const { calc, builder } = scope;
  const input = inputOf(node);
  const back = new Map<string, string[]>();
  for (const term of terms) {
    if (term.when === 'negative' && relevance.support === 'positive') continue;
    const carried = restricted(scope, node, relevance, term);
    const fraction = calc.div(carried, denominatorOf(scope, node, term, stabiliser, relevance));
    reportBias(scope, node, term, fraction);
    const { scale, positive, negative } = term;
    for (const half of halvesOf(scope, input, term)) {
      const weights = half.weights(scale * positive, scale * negative);
      const part = transposedProduct(scope, node, fraction, weights);
      back.set(half.value, [...(back.get(half.value) ?? []), part]);
    }
  }
  const parts = [...back].map(([value, products]) => calc.mul(value, builder.sum(products)));
  const map = builder.sum(parts, `${input}/relevance`);
  return { input, map: clamp ? calc.positive(map) : map, support: 'nonzero' };
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
 * The stabilised sum of a term's contributions to each neuron, bias included. All sums follow from two: the layer's
 * output z and the sum of positive contributions z+, which costs one product; z- is z - z+.
 */
function denominatorOf(
  scope: Scope,
  node: Node,
  { positive, negative }: Term,
  stabiliser: number,
  { support }: Relevance,
): string {
  const { calc } = scope;
  if (positive === negative) return stabilised(scope, outputOf(node), stabiliser, support);
  const sum = positiveSum(scope, node, stabiliser / Math.abs(positive - negative));
  if (negative === 0) return sum;
  // Where relevance is carried by positive outputs only, the ReLU's output says the same as the layer's.
  const output = (support === 'positive' ? scope.rectified.get(outputOf(node)) : undefined) ?? outputOf(node);
  const times = (value: string, factor: number) => (factor === 1 ? value : calc.mul(value, factor));
  const ofNegative = positive < negative;
  const total = ofNegative
    ? calc.sub(times(output, negative), times(sum, negative - positive))
    : calc.add(times(output, negative), times(sum, positive - negative));
  return ofNegative ? calc.min(total, -stabiliser) : calc.max(total, stabiliser);
}

/** The sum of the positive contributions to each neuron, and the stabiliser. */
function positiveSum(scope: Scope, node: Node, stabiliser: number): string {
  const key = `${node.name}+${stabiliser}`;
  const known = scope.positiveSums.get(key);
  if (known) return known;
  const term = { scale: 1, positive: 1, negative: 0 };
  const products = halvesOf(scope, inputOf(node), term).map((half, i) => {
    const bias = i === 0 ? mappedBias(scope, node, scaled(1, 0), stabiliser) : undefined;
    return product(scope, node, half.value, half.weights(1, 0), bias);
  });
  const sum = scope.builder.sum(products);
  scope.positiveSums.set(key, sum);
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

function reportBias(scope: Scope, node: Node, { positive, negative }: Term, fraction: string): void {
  if (!scope.observer) return;
  const bias = mappedBias(scope, node, scaled(positive, negative));
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

/** zB: v_ij = x_i w_ij - low_i w_ij+ - high_i w_ij-, which is never negative for inputs between low and high. */
function shareInBox(scope: Scope, node: Node, { map }: Relevance, stabiliser: number): Share {
  const { calc } = scope;
  const input = inputOf(node);
  const { low, high } = inputBounds(scope, node);
  const [rising, falling] = [scaled(1, 0), scaled(0, 1)];
  const fixed = calc.add(
    product(scope, node, low, rising, mappedBias(scope, node, IDENTITY)),
    product(scope, node, high, falling),
  );
  const sum = calc.sub(outputOf(node), fixed);
  const fraction = calc.div(map, stabilised(scope, sum, stabiliser, 'anywhere'));
  const back = (value: string, weights: WeightMap) =>
    calc.mul(value, transposedProduct(scope, node, fraction, weights));
  const edges = calc.add(back(low, rising), back(high, falling));
  return { input, map: calc.sub(back(input, IDENTITY), edges), support: 'anywhere' };
}

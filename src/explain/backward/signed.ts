import { InputError } from '../../errors.js';
import { inputOf, type Node, outputOf } from '../../graph/graph.js';
import { type SignedRule, STABILISER, type Term } from '../rules.js';
import { type Relevance, type Scope, type Share, type Support, shapeOf } from '../scope.js';
import { mappedBias, product, transposedProduct } from './products.js';
import { isScale } from './scales.js';
import { SMALLEST, stabilised } from './stabilise.js';
import { IDENTITY, NONE, ONES, scaled, type WeightMap } from './weight-maps.js';
import { shareByWeights } from './weight-shares.js';

/** Shares a layer's relevance by the terms of a rule over signed contributions. */
export function shareSigned(scope: Scope, node: Node, relevance: Relevance, rule: SignedRule): Share {
  const { calc, builder } = scope;
  const input = inputOf(node);
  const back = partsOf(scope, node, relevance, rule);
  const parts = [...back.shares].map(([value, products]) => calc.mul(value, builder.sum(products)));
  if (back.bias.length === 0)
    return { input, map: builder.sum(parts, `${input}/relevance`), support: 'nonzero' };
  const bias: Relevance = { map: builder.sum(back.bias), support: 'anywhere' };
  parts.push(shareByWeights(scope, node, bias, ONES, STABILISER).map);
  return { input, map: builder.sum(parts, `${input}/relevance`), support: 'anywhere' };
}

/** The same of ratios R / x, without stabilisers: what the input's half that is not zero gets. */
export function ratioSigned(scope: Scope, node: Node, { map }: Relevance, rule: SignedRule): Share {
  const { calc, builder } = scope;
  const input = inputOf(node);
  if (rule.bias === 'spread')
    throw new InputError(`${node.op} '${node.name}': bias spread needs rules that carry relevance itself`);
  const relevance: Relevance = { map: calc.mul(map, outputOf(node)), support: 'anywhere' };
  const back = partsOf(scope, node, relevance, { ...rule, stabiliser: SMALLEST });
  const [above, below] = [...back.shares.values()].map((products) => builder.sum(products)) as [
    string,
    string?,
  ];
  const ratio = below === undefined ? above : calc.where(calc.less(input, 0), below, above);
  return { input, map: ratio, support: 'anywhere' };
}

/** What the neurons of a layer hand back. */
interface Parts {
  /** To the input, or to its positive half and its negative half, per unit of it. */
  readonly shares: ReadonlyMap<string, string[]>;
  /** What their biases would take, where that is spread. */
  readonly bias: readonly string[];
}

function partsOf(scope: Scope, node: Node, relevance: Relevance, rule: SignedRule): Parts {
  const { calc } = scope;
  const input = inputOf(node);
  const sums = sumsOf(scope, node, relevance, rule);
  const back = new Map<string, string[]>();
  const bias: string[] = [];
  for (const term of rule.terms) {
    if (term.when === 'negative' && sums.support === 'positive') continue;
    const carried = restricted(scope, sums, relevance, term);
    const fraction = calc.div(carried, denominatorOf(scope, node, term, sums));
    const factor = favoursNegative(term) ? -term.scale : term.scale;
    const [positive, negative] = [factor * term.positive, factor * term.negative];
    if (sums.bias && rule.bias === 'spread')
      bias.push(...biasPart(scope, node, scaled(positive, negative), fraction));
    else if (sums.bias) reportBias(scope, node, scaled(positive, negative), fraction);
    for (const half of halvesOf(scope, input, term)) {
      const part = transposedProduct(scope, node, fraction, half.weights(positive, negative));
      back.set(half.value, [...(back.get(half.value) ?? []), part]);
    }
  }
  return { shares: back, bias };
}

/** Whether a term's sum is that of negative contributions: its denominator is the sum's absolute value. */
function favoursNegative({ positive, negative }: Term): boolean {
  return negative > positive;
}

/** An input, or its positive or negative half: which of the weights give positive contributions depends on it. */
interface Half {
  readonly value: string;
  /** The weights that give these factors to positive and negative contributions. */
  weights(positive: number, negative: number): WeightMap;
}

/** The input as a whole where its sign is known or does not matter, else its two halves. */
function halvesOf(scope: Scope, input: string, { positive, negative }: Omit<Term, 'scale'>): Half[] {
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

/** What the terms of a rule have in common at a layer. */
interface Sums {
  /** The sum z of all contributions. */
  readonly output: string;
  /** Where, by the sign of z, relevance is carried. */
  readonly support: Support;
  /** Whether the bias is among the contributions. */
  readonly bias: boolean;
  /** Whether the rule needs the sum of positive and that of negative contributions. */
  readonly bothSigns: boolean;
  readonly stabiliser: number;
}

function sumsOf(scope: Scope, node: Node, { support }: Relevance, rule: SignedRule): Sums {
  const { terms, stabiliser } = rule;
  const bothSigns = terms.some(({ positive }) => positive === 0);
  const bias = rule.bias !== false && inputOf(node, 2) !== '';
  const common = { bias, bothSigns, stabiliser };
  if (bias || inputOf(node, 2) === '') return { ...common, output: outputOf(node), support };
  // Another value than the layer's output, whose sign says nothing of where relevance is.
  const key = `${node.name}/unbiased`;
  const output = scope.sums.get(key) ?? product(scope, node, inputOf(node), IDENTITY);
  scope.sums.set(key, output);
  return { ...common, output, support: 'anywhere' };
}

/**
 * The stabilised sum of a term's contributions to each neuron, bias included; its absolute value where the term tells
 * signs apart. A sum of n numbers of one sign has a relative error of at most n roundings, whatever their sizes; the
 * difference of two such sums loses what they have in common. So z+ and |z-| are products of their own weights, and
 * nothing is ever taken from them:
 * - z+ = z + |z-| where z > 0, and behind a ReLU no other neuron carries relevance: one product gives both sums;
 * - p z+ + q z- = q z + (p - q) z+ where z > 0 and p > q, or z < 0 and p < q (gamma).
 * The sum z of all is off by roundings of z+ + |z-|, which is at most twice the sum in question.
 */
function denominatorOf(scope: Scope, node: Node, term: Term, sums: Sums): string {
  const { calc } = scope;
  const { positive, negative } = term;
  const { output, support, stabiliser } = sums;
  if (positive === negative) return stabilised(scope, output, stabiliser, support);
  if (positive === 0) return sumOf(scope, node, 'negative', sums);
  const outside = favoursNegative(term) ? calc.positive(calc.mul(output, -1)) : above(scope, output);
  if (negative > 0) {
    if (term.when !== (favoursNegative(term) ? 'negative' : 'positive')) {
      throw new Error('a term that weighs both signs must be for neurons of the one that counts more');
    }
    const sum = sumOf(scope, node, 'positive', sums, Math.abs(positive - negative));
    return calc.add(negative === 1 ? outside : calc.mul(outside, negative), sum);
  }
  // All rules share the product of a convolution. Dense weights, which are large, are split as the rule needs them.
  const throughNegative = support === 'positive' && (sums.bothSigns || node.op === 'Conv');
  if (!throughNegative) return sumOf(scope, node, 'positive', sums);
  return calc.add(outside, sumOf(scope, node, 'negative', sums));
}

/** max(z, 0) of a layer's output: that of the ReLU behind it, where there is one. */
function above({ calc, nonNegative, rectified }: Scope, output: string): string {
  return nonNegative.has(output) ? output : (rectified.get(output) ?? calc.positive(output));
}

/** `factor` times the absolute sum of the contributions of one sign to each neuron, and the stabiliser. */
function sumOf(
  scope: Scope,
  node: Node,
  sign: 'positive' | 'negative',
  { bias, stabiliser }: Sums,
  factor = 1,
): string {
  const key = `${node.name}/${factor} ${sign}${bias ? ', biased' : ''}+${stabiliser}`;
  const known = scope.sums.get(key);
  if (known) return known;
  const [positive, negative] = sign === 'positive' ? [factor, 0] : [0, -factor];
  const offset = mappedBias(scope, node, bias ? scaled(positive, negative) : NONE, stabiliser);
  const products = halvesOf(scope, inputOf(node), { positive, negative }).map((half, i) =>
    product(scope, node, half.value, half.weights(positive, negative), i === 0 ? offset : undefined),
  );
  const sum = scope.builder.sum(products);
  scope.sums.set(key, sum);
  return sum;
}

/** The relevance of the neurons that a term is for. */
function restricted({ calc }: Scope, { output, support }: Sums, { map }: Relevance, { when }: Term): string {
  if (when === undefined || support === 'positive') return map;
  const within = when === 'positive' ? calc.greater(output, 0) : calc.less(output, 0);
  return calc.where(within, map, 0);
}

/** Tells what the bias takes, with its numbers weighed by these factors. */
export function reportBias(scope: Scope, node: Node, factors: WeightMap, fraction: string): void {
  if (!scope.observer) return;
  for (const part of biasPart(scope, node, factors, fraction)) scope.observer.taken(node, 'bias', part);
}

/** What the biases take, one number a neuron; nothing where there are none. */
function biasPart(scope: Scope, node: Node, factors: WeightMap, fraction: string): string[] {
  const bias = mappedBias(scope, node, factors);
  if (!bias) return [];
  const shaped = isScale(node) ? bias : perChannel(scope, node, bias);
  return [scope.calc.mul(fraction, shaped)];
}

/** A constant with one number a channel (or feature at the end) in a shape that broadcasts over the node's output. */
function perChannel(scope: Scope, node: Node, constant: string): string {
  if (node.op === 'Gemm') return constant;
  const axes = shapeOf(scope, outputOf(node))
    .slice(2)
    .map((_, axis) => axis + 1);
  return axes.length === 0 ? constant : scope.builder.add('Unsqueeze', [constant, scope.builder.ints(axes)]);
}

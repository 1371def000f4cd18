import { InputError } from '../errors.js';
import { didYouMean } from '../suggest.js';

/** Added with the sign of the denominator to every denominator, unless the rule names another value. */
export const STABILISER = 1e-6;

/**
 * One fraction of a linear rule, over the contributions z_ij = x_i w_ij of input i to neuron j, split by sign:
 * R_i += scale * sum_j (positive z_ij+ + negative z_ij-) / (positive z_j+ + negative z_j-) R_j, where z_j+ and z_j-
 * are the sums over i and include the bias's positive and negative part.
 */
export interface Term {
  readonly scale: number;
  readonly positive: number;
  readonly negative: number;
  /** Restricts the term to neurons whose output has this sign. */
  readonly when?: 'positive' | 'negative';
}

/**
 * How a Conv or Gemm layer shares its relevance. Either by the terms over signed contributions, or in proportion to
 * something else, without bias: `squared` w_ij^2, `flat` 1 per input that the neuron reads, `box` (zB)
 * x_i w_ij - l_i w_ij+ - h_i w_ij- for inputs between l and h.
 */
export type LinearRule = { readonly kind: 'linear'; readonly stabiliser: number } & (
  | { readonly contributions: 'signed'; readonly terms: readonly Term[]; readonly clamp?: boolean }
  | { readonly contributions: 'squared' | 'flat' | 'box' }
);

/** What the operators that are not linear layers know: see {@link RULES}. */
export type SimpleRule = {
  readonly kind: 'pass' | 'proportional' | 'winner' | 'taylor' | 'gate' | 'gradient' | 'deconvnet' | 'guided';
};

export type Rule = LinearRule | SimpleRule;

/** One line of the rule table: what users write, what it means, and the rule made from its numbers. */
interface RuleEntry {
  readonly form: string;
  readonly kind: Rule['kind'];
  readonly meaning: string;
  readonly pattern: RegExp;
  readonly rule: (...numbers: number[]) => Rule;
}

/** A number in a name, such as 0.01 or 1e-6. */
export const NUMBER = '(\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?)';

function signed(stabiliser: number, ...terms: Term[]): LinearRule {
  return { kind: 'linear', contributions: 'signed', stabiliser, terms };
}

function simple(kind: SimpleRule['kind'], meaning: string): RuleEntry {
  return { form: kind, kind, meaning, pattern: new RegExp(`^${kind}$`), rule: () => ({ kind }) };
}

/** Every rule there is; docs/methods.md has the formulas and their sources. */
export const RULES: readonly RuleEntry[] = [
  {
    form: 'epsilon-<e>',
    kind: 'linear',
    meaning: 'z_ij / (z_j + e sign z_j)',
    pattern: new RegExp(`^epsilon-${NUMBER}$`),
    rule: (epsilon) => signed(epsilon as number, { scale: 1, positive: 1, negative: 1 }),
  },
  {
    form: 'alpha<a>-beta<b>',
    kind: 'linear',
    meaning: 'a z_ij+ / z_j+ - b z_ij- / z_j-, with a - b = 1',
    pattern: new RegExp(`^alpha${NUMBER}-beta${NUMBER}$`),
    rule: alphaBeta,
  },
  {
    form: 'zplus',
    kind: 'linear',
    meaning: 'z_ij+ / z_j+',
    pattern: /^zplus$/,
    rule: () => alphaBeta(1, 0),
  },
  {
    form: 'gamma-<g>',
    kind: 'linear',
    meaning: '(z_ij + g z_ij+) / (z_j + g z_j+) where z_j > 0, with z- for z+ where z_j < 0',
    pattern: new RegExp(`^gamma-${NUMBER}$`),
    rule: (gamma = 0) =>
      signed(
        STABILISER,
        { scale: 1, positive: 1 + gamma, negative: 1, when: 'positive' },
        { scale: 1, positive: 1, negative: 1 + gamma, when: 'negative' },
      ),
  },
  {
    form: 'contrast',
    kind: 'linear',
    meaning: 'max(0, z_ij+ / z_j+ - z_ij- / z_j-): z+ with the weights minus z+ with the negated weights',
    pattern: /^contrast$/,
    rule: () => ({
      kind: 'linear',
      contributions: 'signed',
      stabiliser: STABILISER,
      clamp: true,
      terms: [
        { scale: 1, positive: 1, negative: 0 },
        { scale: -1, positive: 0, negative: 1 },
      ],
    }),
  },
  {
    form: 'wsquare',
    kind: 'linear',
    meaning: 'w_ij^2 / sum_i w_ij^2',
    pattern: /^wsquare$/,
    rule: () => ({ kind: 'linear', contributions: 'squared', stabiliser: STABILISER }),
  },
  {
    form: 'flat',
    kind: 'linear',
    meaning: '1 / number of inputs the neuron reads',
    pattern: /^flat$/,
    rule: () => ({ kind: 'linear', contributions: 'flat', stabiliser: STABILISER }),
  },
  {
    form: 'zbox',
    kind: 'linear',
    meaning: '(x_i w_ij - l w_ij+ - h w_ij-) / sum_i, for inputs between l and h',
    pattern: /^zbox$/,
    rule: () => ({ kind: 'linear', contributions: 'box', stabiliser: STABILISER }),
  },
  simple('pass', 'the relevance goes through unchanged'),
  simple('proportional', 'in proportion to the inputs of a pool or a sum'),
  simple('winner', 'all to the largest input (the first one of equals)'),
  simple('taylor', 'LRN: first-order Taylor form (Binder et al. 2016)'),
  simple('gate', 'products: the gate counts as a constant, its relevance goes to the other factor'),
  simple('gradient', 'the exact derivative'),
  simple('deconvnet', 'ReLU: max(g, 0), whatever the input was (Zeiler and Fergus 2014)'),
  simple('guided', 'ReLU: max(g, 0) where the input was positive (Springenberg et al. 2015)'),
];

function alphaBeta(alpha = 1, beta = 0): LinearRule {
  if (Math.abs(alpha - beta - 1) > 1e-9) {
    throw new InputError(`rule alpha${alpha}-beta${beta}: expected alpha - beta = 1, got ${alpha - beta}`);
  }
  const terms: Term[] = [{ scale: alpha, positive: 1, negative: 0 }];
  if (beta > 0) terms.push({ scale: -beta, positive: 0, negative: 1 });
  return signed(STABILISER, ...terms);
}

/** Whether a rule of this name exists. */
export function isRule(text: string): boolean {
  return RULES.some(({ pattern }) => pattern.test(text));
}

/**
 * The rule of a name such as `epsilon-0.01`, `alpha2-beta1` or `zplus`.
 * @throws InputError when there is none.
 */
export function parseRule(text: string): Rule {
  for (const { pattern, rule } of RULES) {
    const match = pattern.exec(text);
    if (match) return rule(...match.slice(1).map(Number));
  }
  throw new InputError(
    `unknown rule '${text}'${didYouMean(
      text,
      RULES.map(({ form }) => form),
    )}`,
  );
}

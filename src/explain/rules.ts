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
  /** Restricts the term to neurons whose output has this sign, which must be the one that counts more if both count. */
  readonly when?: 'positive' | 'negative';
}

/** What becomes of the share of a layer's bias: it keeps it, or has none, or it goes to all that a neuron reads, evenly. */
export type BiasShare = boolean | 'spread';

/** Shares by the terms over signed contributions, those of the bias among them unless it is false. */
export interface SignedRule extends Stabilised {
  readonly kind: 'linear';
  readonly contributions: 'signed';
  readonly terms: readonly Term[];
  readonly bias?: BiasShare;
}

/**
 * How a linear layer shares its relevance: by signed contributions, or in proportion to something else, without bias:
 * `squared` w_ij^2, `flat` 1 per input that the neuron reads, `box` (zB) x_i w_ij - l_i w_ij+ - h_i w_ij- for inputs
 * between l and h.
 */
export type LinearRule =
  | SignedRule
  | (Stabilised & { readonly kind: 'linear'; readonly contributions: 'squared' | 'flat' | 'box' });

/** What the operators that are not linear layers know: see {@link RULES}. */
export type SimpleRule =
  | (Stabilised & { readonly kind: 'proportional'; readonly zeros?: 'spread' | undefined })
  | (Stabilised & { readonly kind: 'taylor' })
  | {
      readonly kind:
        | 'pass'
        | 'winner'
        | 'gate'
        | 'uniform'
        | 'deviation'
        | 'gradient'
        | 'deconvnet'
        | 'guided';
    };

export interface Stabilised {
  readonly stabiliser: number;
}

export type Rule = LinearRule | SimpleRule;

/** What can be said of a rule beside its name. */
export interface RuleOptions {
  /** Stands for {@link STABILISER} in every denominator. */
  readonly stabiliser?: number | undefined;
  /** Whether the layer's bias counts among the contributions: it does, unless this is false; and whether its share is kept. */
  readonly bias?: BiasShare | undefined;
  /** Whether a pool over nothing but zeros hands its relevance to all of them, evenly; by default they get none. */
  readonly zeros?: 'spread' | undefined;
}

/** One line of the rule table: what users write, what it means, and the rule made from its numbers. */
interface RuleEntry {
  readonly form: string;
  readonly kind: Rule['kind'];
  readonly meaning: string;
  readonly pattern: RegExp;
  readonly rule: (...numbers: number[]) => Rule;
  /** What can be said of it beside its name. */
  readonly options?: readonly (keyof RuleOptions)[];
}

/** A number in a name, such as 0.01 or 1e-6. */
export const NUMBER = '(\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?)';

function signed(stabiliser: number, ...terms: Term[]): SignedRule {
  return { kind: 'linear', contributions: 'signed', stabiliser, terms };
}

const BOTH: RuleEntry['options'] = ['stabiliser', 'bias'];

type Kind<R> = R extends Stabilised ? never : R extends { kind: infer K } ? K : never;

function simple(kind: Kind<SimpleRule>, meaning: string): RuleEntry {
  return { form: kind, kind, meaning, pattern: new RegExp(`^${kind}$`), rule: () => ({ kind }) };
}

function sharing(
  kind: 'proportional' | 'taylor',
  meaning: string,
  options: RuleEntry['options'] = ['stabiliser'],
): RuleEntry {
  const rule = (): Rule => ({ kind, stabiliser: STABILISER });
  return { form: kind, kind, meaning, pattern: new RegExp(`^${kind}$`), rule, options };
}

/** Every rule there is; docs/methods.md has the formulas and their sources. */
export const RULES: readonly RuleEntry[] = [
  {
    form: 'epsilon-<e>',
    kind: 'linear',
    meaning: 'z_ij / (z_j + e sign z_j)',
    pattern: new RegExp(`^epsilon-${NUMBER}$`),
    rule: (epsilon) => signed(epsilon as number, { scale: 1, positive: 1, negative: 1 }),
    options: ['bias'],
  },
  {
    form: 'alpha<a>-beta<b>',
    kind: 'linear',
    meaning: 'a z_ij+ / z_j+ - b z_ij- / z_j-, with a - b = 1',
    pattern: new RegExp(`^alpha${NUMBER}-beta${NUMBER}$`),
    rule: alphaBeta,
    options: BOTH,
  },
  {
    form: 'zplus',
    kind: 'linear',
    meaning: 'z_ij+ / z_j+',
    pattern: /^zplus$/,
    rule: () => alphaBeta(1, 0),
    options: BOTH,
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
    options: BOTH,
  },
  {
    form: 'contrast',
    kind: 'linear',
    meaning: 'z_ij+ / z_j+ - z_ij- / z_j-: z+ with the weights minus z+ with the negated weights',
    pattern: /^contrast$/,
    rule: () =>
      signed(STABILISER, { scale: 1, positive: 1, negative: 0 }, { scale: -1, positive: 0, negative: 1 }),
    options: BOTH,
  },
  {
    form: 'wsquare',
    kind: 'linear',
    meaning: 'w_ij^2 / sum_i w_ij^2',
    pattern: /^wsquare$/,
    rule: () => ({ kind: 'linear', contributions: 'squared', stabiliser: STABILISER }),
    options: ['stabiliser'],
  },
  {
    form: 'flat',
    kind: 'linear',
    meaning: '1 / number of inputs the neuron reads',
    pattern: /^flat$/,
    rule: () => ({ kind: 'linear', contributions: 'flat', stabiliser: STABILISER }),
    options: ['stabiliser'],
  },
  {
    form: 'zbox',
    kind: 'linear',
    meaning: '(x_i w_ij - l w_ij+ - h w_ij-) / sum_i, for inputs between l and h',
    pattern: /^zbox$/,
    rule: () => ({ kind: 'linear', contributions: 'box', stabiliser: STABILISER }),
    options: ['stabiliser'],
  },
  simple('pass', 'the relevance goes through unchanged'),
  sharing('proportional', 'in proportion to the inputs of a pool or a sum', ['stabiliser', 'zeros']),
  simple('winner', 'all to the largest input (the first one of equals)'),
  sharing(
    'taylor',
    'LRN, softmax, sigmoid, exp, 1 / x: first-order Taylor form (Binder et al. 2016; Achtibat et al. 2024)',
  ),
  simple('gate', 'products: the gate counts as a constant, its relevance goes to the other factor'),
  simple('uniform', 'products of computed values: half to each (Achtibat et al. 2024, prop. 3.3)'),
  simple('deviation', 'LayerNorm, RMSNorm, quotients: the divisor counts as a constant (Ali et al. 2022)'),
  simple('gradient', 'the exact derivative'),
  simple('deconvnet', 'ReLU: max(g, 0), whatever the input was (Zeiler and Fergus 2014)'),
  simple('guided', 'ReLU: max(g, 0) where the input was positive (Springenberg et al. 2015)'),
];

/** All rules: the form of their names, what they mean, and what can be said of them beside. */
export function listRules(): { rule: string; meaning: string; options: readonly string[] }[] {
  return RULES.map(({ form, meaning, options = [] }) => ({ rule: form, meaning, options }));
}

function alphaBeta(alpha = 1, beta = 0): SignedRule {
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
 * @throws InputError when there is none, or when it does not know an option.
 */
export function parseRule(text: string, options: RuleOptions = {}): Rule {
  for (const { pattern, rule, options: known = [] } of RULES) {
    const match = pattern.exec(text);
    if (!match) continue;
    const given = Object.entries(options).filter(([, value]) => value !== undefined);
    const unknown = given.find(([option]) => !known.some((each) => each === option));
    if (unknown) throw new InputError(`rule ${text} takes no ${unknown[0]}`);
    return { ...rule(...match.slice(1).map(Number)), ...Object.fromEntries(given) };
  }
  throw new InputError(
    `unknown rule '${text}'${didYouMean(
      text,
      RULES.map(({ form }) => form),
    )}`,
  );
}

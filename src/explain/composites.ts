import { z } from 'zod';
import { InputError } from '../errors.js';
import { OPERATORS, operatorsOf } from '../graph/operators/table.js';
import { didYouMean } from '../suggest.js';
import { isRule, parseRule, type RuleOptions } from './rules.js';

/** Layers that the rules for linear layers apply to, and that positions count. */
const LINEAR = operatorsOf('linear');

const position = z.union([
  z.enum(['first', 'last']),
  z.int().nonnegative(),
  z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
]);

const operator = z.string().superRefine((name, context) => {
  if (Object.hasOwn(OPERATORS, name)) return;
  const known = Object.keys(OPERATORS);
  const message = `expected an operator${didYouMean(name, known) || `, one of ${known.join(' ')}`}`;
  context.addIssue({ code: 'custom', message });
});

const match = z.strictObject({
  op: z
    .union([operator, z.array(operator)])
    .optional()
    .describe('operator or operators, as `heatproof inspect` prints them'),
  name: z.string().optional().describe('node name; * stands for any characters'),
  position: position
    .optional()
    .describe(
      'place among the convolutions and dense layers: first (no other one feeds it), last (it feeds no other one), ' +
        'or a number or range [from, to] in the order of the graph, from 0',
    ),
  beside: z
    .literal('activation')
    .optional()
    .describe(
      'convolutions and dense layers that feed or read an activation (not tanh or a gate) or a product of two computed ' +
        'values, such as those of the MLP of a transformer block',
    ),
});

/** The rule of the nodes that fit all conditions. */
export type Line = RuleOptions & { readonly match: z.infer<typeof match>; readonly rule: string };

/** An ordered table of rules: the first line that fits a node gives its rule. */
export type Composite = readonly Line[];

/** A composite that a user writes: lines of its own, and `use` for all lines of another one. */
const compositeSchema = z
  .array(
    z.union([
      z
        .strictObject({
          match: match.prefault({}).describe('which layers; all conditions must fit, none fits every layer'),
          rule: z
            .string()
            .refine(isRule, { error: 'expected the name of a rule' })
            .describe('name of a rule; docs/methods.md lists them'),
          stabiliser: z
            .number()
            .min(1e-20)
            .optional()
            .describe(
              'added with the sign of the denominator to every denominator of the rule; 1e-6 by default',
            ),
          bias: z
            .union([z.boolean(), z.literal('spread')])
            .optional()
            .describe(
              'whether the bias of a layer takes its share; true by default. spread: what it takes goes to all inputs that ' +
                'the neuron reads, evenly (Bach et al. 2015: b / D)',
            ),
          zeros: z
            .literal('spread')
            .optional()
            .describe(
              'of average pools: a window of nothing but zeros (mean of |x| below 1e-12) hands its relevance to all of ' +
                'them, evenly; without it they get none',
            ),
        })
        .superRefine(({ rule, stabiliser, bias, zeros }, context) => {
          const message = problemOf(rule, { stabiliser, bias, zeros });
          if (message) context.addIssue({ code: 'custom', message });
        }),
      z.strictObject({ use: z.string().describe('method id whose lines stand here') }),
    ]),
  )
  .min(1);

/** What is wrong with a rule and its options. */
function problemOf(rule: string, options: RuleOptions): string | undefined {
  try {
    parseRule(rule, options);
    return undefined;
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
}

/** `composites` of the config: rule tables by method id. */
export const compositesSchema = z.record(z.string(), compositeSchema);

/** The lines of a composite that a user writes. */
export type UserLines = z.infer<typeof compositeSchema>;

/** Lines for every linear layer, for convolutions or dense layers alone, for the first or last linear layer. */
export const all = (rule: string): Line => ({ match: { op: LINEAR }, rule });
export const convolutions = (rule: string): Line => ({ match: { op: 'Conv' }, rule });
export const dense = (rule: string): Line => ({ match: { op: 'Gemm' }, rule });
export const besideActivations = (rule: string): Line => ({
  match: { op: 'Gemm', beside: 'activation' },
  rule,
});
export const first = (rule: string): Line => ({ match: { op: LINEAR, position: 'first' }, rule });
export const firstConvolution = (rule: string): Line => ({ match: { op: 'Conv', position: 'first' }, rule });
export const last = (rule: string): Line => ({ match: { op: LINEAR, position: 'last' }, rule });

/** What LRP does with everything that is not a linear layer. */
const BETWEEN: Composite = [
  { match: { op: operatorsOf('sum') }, rule: 'proportional' },
  { match: { op: operatorsOf('maximum') }, rule: 'winner' },
  { match: {}, rule: 'pass' },
];

/** A composite of rules for linear layers, in front of what LRP does elsewhere. */
export function lrp(...linear: Line[]): Composite {
  return [...linear, ...BETWEEN];
}

/** Activations that are not 0 at 0: relevance over activation, f(x) / x, has a pole there. */
export const NOT_THROUGH_ZERO = ['Sigmoid', 'HardSigmoid', 'Softplus', 'Exp', 'Log', 'Reciprocal'] as const;

/**
 * Rules of transformers: attention, products, norms and what LRP does elsewhere, behind those for linear layers. They are for
 * relevance over activation.
 * @param products what products of two computed values do
 */
export function transformer(products: 'uniform' | 'gate', ...linear: Line[]): Composite {
  return [
    ...linear,
    { match: { op: ['MatMul', 'Mul'] }, rule: products },
    { match: { op: ['Softmax', ...NOT_THROUGH_ZERO] }, rule: 'taylor' },
    { match: { op: ['LayerNormalization', 'RMSNormalization', 'Div'] }, rule: 'deviation' },
    ...BETWEEN,
  ];
}

/** The LRP composite with one rule for every linear layer. */
export function uniform(rule: string): Composite {
  return lrp(all(rule));
}

/** Sends derivatives instead of relevance. */
export const GRADIENT: Composite = [{ match: {}, rule: 'gradient' }];

/** The gradient with a rule of its own for activations. */
export function gradientWithActivations(rule: string): Composite {
  return [{ match: { op: operatorsOf('activation') }, rule }, ...GRADIENT];
}

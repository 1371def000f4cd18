import { InputError } from '../../errors.js';
import type { Node } from '../../graph/graph.js';
import { RULES, type Rule } from '../rules.js';
import type { Propagate } from '../scope.js';
import {
  DERIVATIVES,
  type Derivative,
  deconvnet,
  derivativeTimes,
  guided,
  pass,
  reluGradient,
  reluPass,
  softmaxGradient,
} from './activations.js';
import {
  maxWinner,
  productGate,
  productGradient,
  productLinear,
  productPass,
  refuseGate,
  sumGradient,
  summandPass,
  sumProportional,
} from './arithmetic.js';
import { averagePoolGradient, averagePoolProportional } from './average-pool.js';
import { linearGradient, linearRelevance } from './linear.js';
import { lrnGradient, lrnTaylor } from './lrn.js';
import { maxPoolWinner } from './max-pool.js';
import { STRUCTURE } from './structure.js';

type Kind = Rule['kind'];
type Rules = Partial<Record<Kind, Propagate>>;

const linear: Rules = { linear: linearRelevance, gradient: linearGradient };
const activation = (derivative: Derivative): Rules => ({ pass, gradient: derivativeTimes(derivative) });
const rectifier = (gradient: Propagate): Rules => ({ gradient, deconvnet, guided: guided(gradient) });
const sum = (sign: 1 | -1): Rules => ({ proportional: sumProportional(sign), gradient: sumGradient(sign) });

/** What every operator can do with relevance: its backward pass by kind of rule, or the one for all rules. */
const PROPAGATION: Readonly<Record<string, Rules | Propagate>> = {
  ...STRUCTURE,
  ...Object.fromEntries(
    Object.entries(DERIVATIVES).map(([op, derivative]) => [op, activation(derivative)] as const),
  ),
  Relu: { ...rectifier(reluGradient), pass: reluPass },
  Clip: { ...rectifier(derivativeTimes(DERIVATIVES.Clip)), pass },
  HardSwish: { ...activation(DERIVATIVES.HardSwish), pass: refuseGate, gate: pass },
  Softmax: { gradient: softmaxGradient },
  BatchNormalization: { ...linear, pass },
  LRN: { pass, taylor: lrnTaylor, gradient: lrnGradient },
  Conv: linear,
  Gemm: linear,
  AveragePool: { proportional: averagePoolProportional, gradient: averagePoolGradient },
  MaxPool: { winner: maxPoolWinner, gradient: maxPoolWinner },
  Add: { ...sum(1), pass: summandPass },
  Sub: sum(-1),
  Mul: { linear: productLinear, pass: productPass, gate: productGate, gradient: productGradient },
  Max: { winner: maxWinner, gradient: maxWinner },
};

/**
 * The backward pass of a node under a rule.
 * @throws InputError when the operator cannot take the rule.
 */
export function propagation(node: Node, rule: Rule, ruleName: string): Propagate {
  const entry = PROPAGATION[node.op];
  if (!entry) throw new InputError(`${node.op} '${node.name}' has no backward pass`);
  const found = typeof entry === 'function' ? entry : entry[rule.kind];
  if (found) return found;
  const forms = RULES.filter(({ kind }) => kind in entry).map(({ form }) => form);
  throw new InputError(
    `${node.op} '${node.name}' cannot take rule '${ruleName}': expected ${forms.join(', ')}; ` +
      'give it one in a composite of your own',
  );
}

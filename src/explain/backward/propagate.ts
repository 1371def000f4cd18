import { InputError } from '../../errors.js';
import type { Node } from '../../graph/graph.js';
import { RULES, type Rule } from '../rules.js';
import type { Propagate } from '../scope.js';
import { ACTIVATIONS, activationGradient, deconvnet, guided, pass, softmaxGradient } from './activations.js';
import {
  maxWinner,
  productGate,
  productGradient,
  productPass,
  refuseGate,
  sumGradient,
  summandPass,
  sumProportional,
} from './arithmetic.js';
import { averagePoolGradient, averagePoolProportional } from './average-pool.js';
import { normalizationGradient, normalizationPass } from './batch-normalization.js';
import { linearGradient, linearRelevance } from './linear.js';
import { lrnGradient, lrnTaylor } from './lrn.js';
import { maxPoolWinner } from './max-pool.js';

type Kind = Rule['kind'];
type Rules = Partial<Record<Kind, Propagate>>;

const linear: Rules = { linear: linearRelevance, gradient: linearGradient };
const activation: Rules = { pass, gradient: activationGradient };
const sum: Rules = { proportional: sumProportional, gradient: sumGradient };

/** What every operator can do with relevance: the backward pass by operator and kind of rule. */
const PROPAGATION: Readonly<Record<string, Rules>> = {
  ...Object.fromEntries(Object.keys(ACTIVATIONS).map((op) => [op, activation])),
  Relu: { ...activation, deconvnet, guided },
  HardSwish: { pass: refuseGate, gate: pass, gradient: activationGradient },
  Softmax: { gradient: softmaxGradient },
  BatchNormalization: { pass: normalizationPass, gradient: normalizationGradient },
  LRN: { pass, taylor: lrnTaylor, gradient: lrnGradient },
  Conv: linear,
  Gemm: linear,
  AveragePool: { proportional: averagePoolProportional, gradient: averagePoolGradient },
  MaxPool: { winner: maxPoolWinner, gradient: maxPoolWinner },
  Add: { ...sum, pass: summandPass },
  Sub: sum,
  Mul: { pass: productPass, gate: productGate, gradient: productGradient },
  Max: { winner: maxWinner, gradient: maxWinner },
};

/**
 * The backward pass of a node under a rule.
 * @throws InputError when the operator cannot take the rule.
 */
export function propagation(node: Node, rule: Rule, ruleName: string): Propagate {
  const rules = PROPAGATION[node.op];
  const found = rules?.[rule.kind];
  if (found) return found;
  if (!rules) throw new InputError(`${node.op} '${node.name}' has no backward pass`);
  const forms = RULES.filter(({ kind }) => kind in rules).map(({ form }) => form);
  throw new InputError(
    `${node.op} '${node.name}' cannot take rule '${ruleName}': expected ${forms.join(', ')}; ` +
      'give it one in a composite of your own',
  );
}

import { InputError } from '../../errors.js';
import type { Node } from '../../graph/graph.js';
import { NOT_THROUGH_ZERO } from '../composites.js';
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
  quotientGradient,
  quotientPass,
  refuseGate,
  sumGradient,
  summandPass,
  sumProportional,
} from './arithmetic.js';
import { averagePoolGradient, averagePoolProportional } from './average-pool.js';
import { linearGradient, linearRelevance } from './linear.js';
import { lrnGradient, lrnTaylor } from './lrn.js';
import { matrixGate, matrixGradient, matrixUniform } from './matrices.js';
import { maxPoolWinner } from './max-pool.js';
import { normalisationByDeviation, normalisationGradient } from './normalisations.js';
import {
  linearRatio,
  placeRatio,
  productGateRatio,
  productUniform,
  QUOTIENTS,
  quotientByDivisor,
} from './ratios.js';
import { STRUCTURE } from './structure.js';

type Kind = Rule['kind'];
type Rules = Partial<Record<Kind, Propagate>>;

const linear: Rules = { linear: linearRelevance, gradient: linearGradient };
const activation = (derivative: Derivative): Rules => ({ pass, gradient: derivativeTimes(derivative) });
/** x times a gate that depends on x: in LRP, users choose whether that counts as constant. */
const gated = (derivative: Derivative): Rules => ({
  gradient: derivativeTimes(derivative),
  pass: refuseGate,
  gate: pass,
});
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
  HardSwish: gated(DERIVATIVES.HardSwish),
  Silu: gated(DERIVATIVES.Silu),
  Gelu: gated(DERIVATIVES.Gelu),
  Mish: gated(DERIVATIVES.Mish),
  Softmax: { gradient: softmaxGradient },
  BatchNormalization: { ...linear, pass },
  LayerNormalization: { gradient: normalisationGradient },
  // One factor for all of a row: relevance by shares of x stays where it is.
  RMSNormalization: { pass, gradient: normalisationGradient },
  LRN: { pass, taylor: lrnTaylor, gradient: lrnGradient },
  Conv: linear,
  Gemm: linear,
  AveragePool: { proportional: averagePoolProportional, gradient: averagePoolGradient },
  MaxPool: { winner: maxPoolWinner, gradient: maxPoolWinner },
  Add: { ...sum(1), pass: summandPass },
  Sub: sum(-1),
  Mul: { linear: productLinear, pass: productPass, gate: productGate, gradient: productGradient },
  Div: { pass: quotientPass, gradient: quotientGradient },
  MatMul: { gradient: matrixGradient },
  Max: { winner: maxWinner, gradient: maxWinner },
};

const linearForRatios: Rules = { linear: linearRatio, pass: linearGradient };

/** The same for relevance over activation. */
const RATIOS: Readonly<Record<string, Rules | Propagate>> = {
  ...STRUCTURE,
  ...Object.fromEntries(
    Object.entries(QUOTIENTS).map(([op, quotient]) => [op, { pass: derivativeTimes(quotient) }] as const),
  ),
  Relu: { pass: reluGradient },
  ...Object.fromEntries(
    NOT_THROUGH_ZERO.map((op) => [op, { taylor: derivativeTimes(DERIVATIVES[op]) }] as const),
  ),
  Softmax: { taylor: softmaxGradient },
  LayerNormalization: { deviation: normalisationByDeviation },
  RMSNormalization: { deviation: normalisationByDeviation },
  LRN: { pass: placeRatio },
  BatchNormalization: linearForRatios,
  Conv: linearForRatios,
  Gemm: linearForRatios,
  AveragePool: { proportional: averagePoolGradient },
  MaxPool: { winner: maxPoolWinner },
  Add: { proportional: sumGradient(1), pass: sumGradient(1) },
  Sub: { proportional: sumGradient(-1) },
  Div: { deviation: quotientByDivisor },
  Mul: { uniform: productUniform, gate: productGateRatio, pass: productGradient },
  MatMul: { uniform: matrixUniform, gate: matrixGate },
  Max: { winner: maxWinner },
};

/** What goes back through a network: relevance (or a gradient), or relevance over activation. */
export type Carried = 'relevance' | 'ratio';

/**
 * The backward pass of a node under a rule.
 * @throws InputError when the operator cannot take the rule.
 */
export function propagation(
  node: Node,
  rule: Rule,
  ruleName: string,
  carried: Carried = 'relevance',
): Propagate {
  const table = carried === 'ratio' ? RATIOS : PROPAGATION;
  const entry = table[node.op];
  if (!entry) throw new InputError(`${node.op} '${node.name}' has no backward pass`);
  const found = typeof entry === 'function' ? entry : entry[rule.kind];
  if (found) return found;
  const forms = RULES.filter(({ kind }) => kind in entry).map(({ form }) => form);
  throw new InputError(
    `${node.op} '${node.name}' cannot take rule '${ruleName}': expected ${forms.join(', ')}; ` +
      'give it one in a composite of your own',
  );
}

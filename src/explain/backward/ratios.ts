import { inputOf, type Node, nodesBehind, outputOf } from '../../graph/graph.js';
import { isAffine } from '../../graph/raw-values.js';
import type { LinearRule } from '../rules.js';
import type { Propagate, Scope } from '../scope.js';
import { DERIVATIVES, type Derivative, geluShare, hardGate, mishShare, siluArgument } from './activations.js';
import { productGradient, quotientGradient } from './arithmetic.js';
import { gateOf } from './gates.js';
import { linearGradient } from './linear.js';
import { ratioSigned, reportBias } from './signed.js';
import { IDENTITY } from './weight-maps.js';

/*
 * Rules in the form that carries relevance over activation, g = R / x, without stabilisers. Where a rule shares in proportion
 * to contributions, g goes back as a derivative does (Arras et al. 2025, section on efficient implementation; Achtibat et al.
 * 2024), so nothing is divided by small sums and multiplied by them again.
 */

/** f(x) / x of activations: what an activation does with g when its relevance passes. */
export const QUOTIENTS: Readonly<Record<string, Derivative>> = {
  LeakyRelu: DERIVATIVES.LeakyRelu,
  PRelu: DERIVATIVES.PRelu,
  Tanh: quotient(1),
  Elu: quotient(1),
  Clip: quotient(0),
  SignedRoot: quotient(0),
  Gelu: geluShare,
  Silu: (scope, node) => scope.calc.sigmoid(siluArgument(scope, node)),
  HardSwish: (scope, node) => hardGate(scope, inputOf(node)),
  Mish: mishShare,
  Abs: DERIVATIVES.Abs,
  Erf: quotient(2 / Math.sqrt(Math.PI)),
  Sqrt: quotient(0),
  Pow: quotient(0),
};

/** y / x, and its limit at zero. */
function quotient(atZero: number): Derivative {
  return ({ calc }, node) => {
    const x = inputOf(node);
    const isZero = calc.less(calc.abs(x), 1e-30);
    return calc.where(isZero, atZero, calc.div(outputOf(node), calc.where(isZero, 1, x)));
  };
}

/** What keeps relevance in place without being an activation: y / x. */
export const placeRatio: Propagate = (scope, node, { map }) => [
  { input: inputOf(node), map: scope.calc.mul(map, quotient(0)(scope, node)), support: 'anywhere' },
];

/** Linear layers: contributions in proportion are the derivative; where signs count differently they are taken apart. */
export const linearRatio: Propagate = (scope, node, relevance, rule) => {
  const linear = rule as LinearRule;
  const proportional =
    linear.contributions === 'signed' &&
    linear.terms.length === 1 &&
    linear.terms[0]?.positive === linear.terms[0]?.negative;
  if (proportional || linear.contributions !== 'signed') {
    reportBias(scope, node, IDENTITY, relevance.map);
    return linearGradient(scope, node, relevance, rule);
  }
  return [ratioSigned(scope, node, relevance, linear)];
};

/** Products of two computed values give half to each; constants take nothing, nor do masks that are given. */
export const productUniform: Propagate = (scope, node, { map }, rule) =>
  productGradient(
    scope,
    node,
    {
      map: isAffine(scope.graph, node) || givenFactor(scope, node) ? map : scope.calc.mul(map, 0.5),
      support: 'anywhere',
    },
    rule,
  );

/** The factor of a product that depends on nothing that is explained, such as a mask. */
function givenFactor({ graph }: Scope, node: Node): string | undefined {
  const [explained, ...given] = graph.inputs.map(({ name }) => name) as [string, ...string[]];
  if (given.length === 0) return undefined;
  const behind = new Set([explained, ...nodesBehind(graph, [explained]).map(outputOf)]);
  return node.inputs.find((input) => !behind.has(input));
}

/** The divisor of a quotient counts as a constant, as the deviation of a norm does. */
export const quotientByDivisor: Propagate = (scope, node, relevance, rule) =>
  quotientGradient(scope, node, relevance, rule).filter(({ input }) => input === inputOf(node));

/** The gate of a product counts as a constant. */
export const productGateRatio: Propagate = (scope, node, relevance, rule) => {
  if (isAffine(scope.graph, node)) return productGradient(scope, node, relevance, rule);
  const gate = givenFactor(scope, node) ?? gateOf(scope, node);
  return productGradient(scope, node, relevance, rule).filter(({ input }) => input !== gate);
};

import { type Constants, constantInput, floatOf, inputOf, type Node } from '../graph.js';
import type { Tensor } from '../tensor.js';
import { always, ELEMENT, kept, ofOperand } from './facts.js';
import { unchanged } from './shape-rules.js';
import type { OperatorTraits } from './traits.js';

type Facts = Omit<OperatorTraits, 'kind' | 'shape' | 'reads' | 'weights'>;

const activation = (facts: Facts): OperatorTraits => ({
  kind: 'activation',
  shape: unchanged,
  reads: ELEMENT,
  ...facts,
});

/** Activations with a slope `alpha` below zero, which may be given as anything. */
const rises = (fallback: number) => (node: Node) => floatOf(node, 'alpha', fallback) >= 0;
const keptIfRising = (fallback: number) => (node: Node) => (rises(fallback)(node) ? 'kept' : undefined);

/** Slopes below zero that are constants, one an element or repeated by numpy's rule. */
const slopesRise = (node: Node, graph: Constants) =>
  Array.from((constantInput(graph, node, 1) as Tensor).data, Number).every((slope) => slope >= 0);
const keptIfSlopesRise = (node: Node, graph: Constants) => (slopesRise(node, graph) ? 'kept' : undefined);

/** Functions of one number, for every number. */
export const ACTIVATIONS = {
  Relu: activation({ nonNegative: always, monotone: always, zeros: () => 'cut' }),
  LeakyRelu: activation({ nonNegative: ofOperand, monotone: rises(0.01), zeros: keptIfRising(0.01) }),
  PRelu: activation({ nonNegative: ofOperand, monotone: slopesRise, zeros: keptIfSlopesRise }),
  Elu: activation({ nonNegative: ofOperand, monotone: rises(1), zeros: keptIfRising(1) }),
  Tanh: activation({ nonNegative: ofOperand, monotone: always, zeros: kept }),
  /** sign(x) sqrt|x| */
  SignedRoot: activation({ nonNegative: ofOperand, monotone: always, zeros: kept }),
  HardSwish: activation({ nonNegative: ofOperand, zeros: kept }),
  /** x times the normal distribution's share below x: with `approximate` tanh, nearly. */
  Gelu: activation({ nonNegative: ofOperand, zeros: kept }),
  /** x sigmoid(alpha x), alpha 1 by default; about a GELU where it is 1.702 */
  Silu: activation({ nonNegative: ofOperand, zeros: kept }),
  /** x tanh(softplus(x)) */
  Mish: activation({ nonNegative: ofOperand, zeros: kept }),
  Softplus: activation({ nonNegative: always, monotone: always }),
  Abs: activation({ nonNegative: always }),
  Erf: activation({ nonNegative: ofOperand, monotone: always, zeros: kept }),
  Exp: activation({ nonNegative: always, monotone: always }),
  Log: activation({ monotone: always }),
  Sqrt: activation({ nonNegative: always, monotone: always, zeros: kept }),
  Reciprocal: activation({ nonNegative: ofOperand }),
  /** x to the power of a positive constant, one for all */
  Pow: activation({ nonNegative: ofOperand }),
  Sigmoid: activation({ nonNegative: always, monotone: always, gate: true }),
  HardSigmoid: activation({ nonNegative: always, monotone: rises(0.2), gate: true }),
  Clip: activation({
    nonNegative: (node, holds) => holds(inputOf(node)) || holds(inputOf(node, 1)),
    monotone: always,
    zeros: (node, graph) => (Number(constantInput(graph, node, 1)?.data[0]) === 0 ? 'cut' : undefined),
    gate: true,
  }),
} satisfies Record<string, OperatorTraits>;

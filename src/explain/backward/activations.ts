import { constantInput, floatOf, inputOf, intOf, type Node, outputOf } from '../../graph/graph.js';
import { traitsOf } from '../../graph/operators/table.js';
import { geluArgument, softplus } from '../../graph/passes/runnable.js';
import type { Propagate, Relevance, Scope, Support } from '../scope.js';

/** The derivative of an activation, as a factor on the incoming gradient. */
export type Derivative = (scope: Scope, node: Node) => string;

/** f'(x) of activations y = f(x). It keeps its digits where f saturates: no 1 - y of a y near 1. */
export const DERIVATIVES = {
  LeakyRelu: ({ calc }, node) => calc.where(calc.greater(inputOf(node), 0), 1, floatOf(node, 'alpha', 0.01)),

  PRelu: ({ calc }, node) => calc.where(calc.greater(inputOf(node), 0), 1, inputOf(node, 1)),

  Clip: ({ calc, graph }, node) => {
    const [low, high] = [1, 2].map((i) => constantInput(graph, node, i)?.data[0]);
    const inside = (distance: string) => calc.positive(calc.sign(distance));
    const above = low === undefined ? [] : [inside(calc.sub(inputOf(node), Number(low)))];
    const below = high === undefined ? [] : [inside(calc.sub(Number(high), inputOf(node)))];
    return [...above, ...below].reduce((a, b) => calc.mul(a, b));
  },

  Sigmoid: (scope, node) => sigmoidSlope(scope, inputOf(node)),

  // tanh x = 2 sigmoid(2x) - 1
  Tanh: (scope, node) => scope.calc.mul(4, sigmoidSlope(scope, scope.calc.mul(2, inputOf(node)))),

  HardSigmoid: ({ calc }, node) => {
    const y = outputOf(node);
    return calc.mul(floatOf(node, 'alpha', 0.2), calc.sign(calc.mul(y, calc.sub(1, y))));
  },

  HardSwish: (scope, node) => {
    const { calc } = scope;
    const x = inputOf(node);
    const h = hardGate(scope, x);
    const slope = calc.div(calc.sign(calc.mul(h, calc.sub(1, h))), 6);
    return calc.add(h, calc.mul(x, slope));
  },

  // 1 / (2 |y|), and 0 at zero, where there is none
  SignedRoot: ({ calc }, node) => {
    const size = calc.abs(outputOf(node));
    const above = calc.greater(size, 0);
    return calc.where(above, calc.div(0.5, calc.where(above, size, 1)), 0);
  },

  // alpha e^x below zero
  Elu: ({ calc }, node) => {
    const below = calc.mul(floatOf(node, 'alpha', 1), calc.exp(calc.negative(inputOf(node))));
    return calc.where(calc.greater(inputOf(node), 0), 1, below);
  },
  // s + u s' with u = alpha x
  Silu: (scope, node) => {
    const { calc } = scope;
    const u = siluArgument(scope, node);
    return calc.add(calc.sigmoid(u), calc.mul(u, sigmoidSlope(scope, u)));
  },

  // s + x s' with s = Phi(x), whose slope is the normal density, or with s = (1 + tanh u) / 2 = sigmoid(2 u)
  Gelu: (scope, node) => {
    const { calc, builder } = scope;
    const x = inputOf(node);
    const square = calc.mul(x, x);
    const slope = () => {
      if (node.attributes.approximate !== 'tanh')
        return calc.mul(calc.exp(calc.mul(square, -0.5)), 1 / Math.sqrt(2 * Math.PI));
      const twice = calc.mul(geluArgument(builder, x), 2);
      const inner = calc.mul(calc.add(calc.mul(square, 3 * 0.044715), 1), 2 * Math.sqrt(2 / Math.PI));
      return calc.mul(sigmoidSlope(scope, twice), inner);
    };
    return calc.add(geluShare(scope, node), calc.mul(x, slope()));
  },

  // t + x (1 - t^2) s with t = tanh(softplus(x)) and s = sigmoid(x)
  Mish: (scope, node) => {
    const { calc } = scope;
    const x = inputOf(node);
    const t = mishShare(scope, node);
    const slope = calc.mul(calc.sub(1, calc.mul(t, t)), calc.sigmoid(x));
    return calc.add(t, calc.mul(x, slope));
  },

  Softplus: ({ calc }, node) => calc.sigmoid(inputOf(node)),
  Abs: ({ calc }, node) => calc.sign(inputOf(node)),
  Erf: ({ calc }, node) => {
    const square = calc.mul(inputOf(node), inputOf(node));
    return calc.mul(calc.exp(calc.mul(square, -1)), 2 / Math.sqrt(Math.PI));
  },
  Exp: (_, node) => outputOf(node),
  Log: ({ calc }, node) => calc.div(1, inputOf(node)),
  // At 0 the slope is infinite: of those of the lengths that it is the end of, 0 is one.
  Sqrt: ({ calc }, node) => {
    const y = outputOf(node);
    return calc.where(calc.greater(y, 0), calc.div(0.5, y), 0);
  },
  Reciprocal: ({ calc }, node) => calc.mul(calc.mul(outputOf(node), outputOf(node)), -1),
  Pow: ({ calc, graph }, node) => {
    const power = Number(constantInput(graph, node, 1)?.data[0]);
    return calc.mul(power, calc.pow(inputOf(node), power - 1));
  },
} satisfies Record<string, Derivative>;

/** The share of x that a Mish lets through. */
export function mishShare({ calc, builder }: Scope, node: Node): string {
  return calc.tanh(softplus(builder, inputOf(node)));
}

/** alpha x, whose sigmoid is the share of x that a SiLU lets through. */
export function siluArgument({ calc }: Scope, node: Node): string {
  const alpha = floatOf(node, 'alpha', 1);
  return alpha === 1 ? inputOf(node) : calc.mul(alpha, inputOf(node));
}

/** The share of x that a GELU lets through: Phi(x), or what comes near. */
export function geluShare({ calc, builder }: Scope, node: Node): string {
  const x = inputOf(node);
  if (node.attributes.approximate === 'tanh') return calc.sigmoid(calc.mul(geluArgument(builder, x), 2));
  return calc.mul(calc.add(calc.erf(calc.mul(x, Math.SQRT1_2)), 1), 0.5);
}

/** h = clip(x / 6 + 1/2, 0, 1), by which a hard swish multiplies x. */
export function hardGate({ calc }: Scope, x: string): string {
  return calc.clip(calc.add(calc.div(x, 6), 0.5), 0, 1);
}

/** e^-|x| / (1 + e^-|x|)^2 */
function sigmoidSlope({ calc }: Scope, x: string): string {
  const decay = calc.exp(calc.mul(calc.abs(x), -1));
  const sum = calc.add(1, decay);
  return calc.div(decay, calc.mul(sum, sum));
}

/** The gradient times the derivative. */
export const derivativeTimes =
  (derivative: Derivative): Propagate =>
  (scope, node, { map }) => [
    { input: inputOf(node), map: scope.calc.mul(map, derivative(scope, node)), support: 'anywhere' },
  ];

/** ReLU: where its output is positive. */
export const reluGradient: Propagate = ({ calc }, node, { map, support }) => {
  const input = inputOf(node);
  if (support === 'positive') return [{ input, map, support }];
  return [{ input, map: calc.mul(map, calc.step(outputOf(node))), support: 'anywhere' }];
};

/** y_i (g_i - sum_j g_j y_j) along the softmax's axis. */
export const softmaxGradient: Propagate = ({ calc, builder }, node, { map }) => {
  const y = outputOf(node);
  const axis = builder.ints([intOf(node, 'axis', -1)]);
  const mean = builder.add('ReduceSum', [calc.mul(map, y), axis], { keepdims: 1 });
  return [{ input: inputOf(node), map: calc.mul(y, calc.sub(map, mean)), support: 'anywhere' }];
};

/** Deconvnet: only positive signals pass a rectifier, whatever the input was. */
export const deconvnet: Propagate = ({ calc }, node, { map }) => [
  { input: inputOf(node), map: calc.positive(map), support: 'anywhere' },
];

/** Guided backpropagation: only positive signals, and only where the rectifier let its input through. */
export const guided =
  (gradient: Propagate): Propagate =>
  (scope, node, { map, support }, rule) =>
    gradient(scope, node, { map: scope.calc.positive(map), support }, rule);

/** The relevance of an activation is that of its input. */
export const pass: Propagate = (scope, node, relevance) => [
  { input: inputOf(node), map: relevance.map, support: supportBefore(scope, node, relevance) },
];

/** A ReLU's output stands for its input from here on, wherever that is positive. */
export const reluPass: Propagate = (scope, node, relevance, rule) => {
  scope.rectified.set(inputOf(node), outputOf(node));
  return pass(scope, node, relevance, rule);
};

/** Where the activation's input can carry relevance, from where its output can. */
function supportBefore({ graph, nonNegative }: Scope, node: Node, { support }: Relevance): Support {
  const zeros = traitsOf(node).zeros?.(node, graph);
  if (support === 'anywhere' || zeros === undefined) return 'anywhere';
  const outputAbove = support === 'positive' || nonNegative.has(outputOf(node));
  return zeros === 'cut' || outputAbove ? 'positive' : 'nonzero';
}

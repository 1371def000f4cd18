import { floatOf, inputOf, intOf, type Node } from '../../graph/graph.js';
import { sizeOf } from '../../graph/tensor.js';
import { STABILISER } from '../rules.js';
import { type Propagate, type Scope, shapeOf } from '../scope.js';
import { stabilised } from './stabilise.js';

/**
 * Local response normalisation across channels, y_k = x_k D_k^-beta with
 * D_k = bias + alpha / size * (sum of x_j^2 over the window of channels around k).
 */
interface Normalisation {
  readonly x: string;
  readonly beta: number;
  readonly bias: number;
  /** alpha / size */
  readonly weight: number;
  readonly squares: string;
  /** D */
  readonly denominator: string;
  /** Sums a map over the channels that each output reads. */
  readonly over: (map: string) => string;
  /** Sums a map over the outputs that read each channel. */
  readonly back: (map: string) => string;
}

/**
 * The derivative: g_i D_i^-beta - 2 beta alpha / size x_i sum over the outputs k that read i of
 * g_k x_k D_k^(-beta-1).
 */
export const lrnGradient: Propagate = (scope, node, { map }) => {
  const { calc } = scope;
  const { x, beta, weight, denominator, back } = normalisation(scope, node);
  const through = calc.mul(map, negativePower(scope, denominator, beta));
  const mixed = back(calc.mul(x, calc.div(through, denominator)));
  const across = calc.mul(calc.mul(x, mixed), 2 * beta * weight);
  return [{ input: inputOf(node), map: calc.sub(through, across), support: 'anywhere' }];
};

/**
 * First-order Taylor form (Binder et al. 2016, "LRP for neural networks with local renormalization layers", eq. 13 to
 * 15), normalised: output k shares its relevance in proportion to z_kk = x_k / (bias + alpha/size x_k^2)^beta for its
 * own channel, and z_jk = -2 beta alpha/size x_k x_j^2 / D_k^(beta+1) for the others of its window.
 */
export const lrnTaylor: Propagate = (scope, node, { map }) => {
  const { calc } = scope;
  const { x, beta, bias, weight, squares, denominator, over, back } = normalisation(scope, node);
  const ownDenominator = calc.add(calc.mul(squares, weight), bias);
  const own = calc.mul(x, negativePower(scope, ownDenominator, beta));
  const power = calc.div(negativePower(scope, denominator, beta), denominator);
  const pull = calc.mul(calc.mul(x, power), -2 * beta * weight);
  const others = calc.mul(pull, calc.sub(over(squares), squares));
  const fraction = calc.div(map, stabilised(scope, calc.add(own, others), STABILISER, 'anywhere'));
  const pulled = calc.mul(pull, fraction);
  const fromOthers = calc.mul(squares, calc.sub(back(pulled), pulled));
  return [{ input: inputOf(node), map: calc.add(calc.mul(own, fraction), fromOthers), support: 'nonzero' }];
};

function normalisation(scope: Scope, node: Node): Normalisation {
  const { calc } = scope;
  const x = inputOf(node);
  const size = intOf(node, 'size', 1);
  const weight = floatOf(node, 'alpha', 1e-4) / size;
  const bias = floatOf(node, 'bias', 1);
  const [before, after] = [Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)];
  const over = (map: string) => channelSum(scope, x, map, size, before, after);
  const squares = calc.mul(x, x);
  return {
    x,
    beta: floatOf(node, 'beta', 0.75),
    bias,
    weight,
    squares,
    denominator: calc.add(calc.mul(over(squares), weight), bias),
    over,
    back: (map) => channelSum(scope, x, map, size, after, before),
  };
}

/** Sums over a window of channels: an average pool over the channel axis of [N, 1, C, area]. */
function channelSum(
  scope: Scope,
  like: string,
  map: string,
  size: number,
  before: number,
  after: number,
): string {
  const { builder, calc } = scope;
  const [, channels = 0, ...spatial] = shapeOf(scope, like);
  const rows = builder.add('Reshape', [map, builder.ints([-1, 1, channels, sizeOf(spatial)])]);
  const attributes = {
    kernel_shape: [size, 1],
    strides: [1, 1],
    pads: [before, 0, after, 0],
    count_include_pad: 1,
  };
  const mean = builder.add('AveragePool', [rows], attributes);
  return calc.mul(builder.add('Reshape', [mean, builder.ints([-1, channels, ...spatial])]), size);
}

/** D^-p for D > 0; the usual exponents by square roots, which cost a fraction of a general power. */
function negativePower({ calc }: Scope, denominator: string, power: number): string {
  const root = () => calc.sqrt(denominator);
  if (power === 1) return calc.div(1, denominator);
  if (power === 0.5) return calc.div(1, root());
  if (power === 0.75) {
    const r = root();
    return calc.div(1, calc.mul(r, calc.sqrt(r)));
  }
  return calc.pow(denominator, -power);
}

import { windowGeometry } from '../geometry.js';
import { inputOf, intOf, intsOf, type Node } from '../graph.js';
import { ALL, ofAllInputs } from './facts.js';
import { wrong } from './shape-rules.js';
import type { OperatorTraits, ShapeContext, ShapeRule, Weights } from './traits.js';

/** Weights [outputs, inputs of one output...] and biases [outputs]. */
const weights: Weights = { input: 1, outputs: 0, bias: 2 };

/** Weights [filters, channels of a group, taps...]. */
const convolution: ShapeRule = (node, { shape }) => {
  const [batch, channels, ...spatial] = shape(inputOf(node));
  const [filters = 0, channelsOfGroup = 0, ...kernel] = shape(inputOf(node, 1));
  const group = intOf(node, 'group', 1);
  const taps = intsOf(node, 'kernel_shape');
  const fits = channels === channelsOfGroup * group && filters % group === 0 && `${kernel}` === `${taps}`;
  if (!fits) {
    throw wrong(node, 'weights', `[filters, ${channels} / group ${group}, ${taps}]`, shape(inputOf(node, 1)));
  }
  checkBias(node, filters, shape);
  return [batch as number, filters, ...windowGeometry(node, spatial).output];
};

/**
 * Weights [outputs, features]. Unlike ONNX's, a canonical Gemm may work on the last axis at every place of the others: its
 * attribute `places` is 1 then.
 */
const dense: ShapeRule = (node, { shape }) => {
  const input = shape(inputOf(node));
  const weights = shape(inputOf(node, 1));
  const [outputs, features] = weights;
  if (input.length !== 2 && !hasPlaces(node)) throw wrong(node, 'input', '[batch, features]', input);
  if (weights.length !== 2 || features !== input.at(-1)) {
    throw wrong(node, 'weights', `[outputs, ${input.at(-1)}]`, weights);
  }
  checkBias(node, outputs as number, shape);
  return [...input.slice(0, -1), outputs as number];
};

/** Whether a dense layer works on the last axis at every place of the others. */
export function hasPlaces(node: Node): boolean {
  return node.op === 'Gemm' && intOf(node, 'places', 0) === 1;
}

function checkBias(node: Node, outputs: number, shape: ShapeContext['shape']): void {
  const bias = inputOf(node, 2);
  if (bias && `${shape(bias)}` !== `${outputs}`) throw wrong(node, 'bias', `[${outputs}]`, shape(bias));
}

/** Sums weighted with constants. */
export const LINEAR = {
  Conv: {
    kind: 'linear',
    shape: convolution,
    reads: { kind: 'window', padding: 'zero' },
    weights,
    nonNegative: ofAllInputs,
  },
  Gemm: { kind: 'linear', shape: dense, reads: ALL, weights, nonNegative: ofAllInputs },
} satisfies Record<string, OperatorTraits>;

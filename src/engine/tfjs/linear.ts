import * as tf from '@tensorflow/tfjs-core';
import { windowGeometry } from '../../graph/geometry.js';
import { intOf, intsOf } from '../../graph/graph.js';
import { sizeOf } from '../../graph/tensor.js';
import { convolution } from './convolution.js';
import { padded } from './moves.js';
import type { Operator } from './operator.js';
import { withPads } from './plane.js';

/** Products with matrices and with kernels. */
export const LINEAR = {
  MatMul: ([a, b]) => tf.matMul(a, b),

  Gemm: ([x, weights, bias], node) => {
    const product = tf.matMul(x, weights, false, intOf(node, 'transB', 0) === 1);
    return bias ? tf.add(product, bias) : product;
  },

  Conv: ([x, weights, bias], node) => {
    const { strides, dilations, ...geometry } = windowGeometry(node, x.shape.slice(2));
    const group = intOf(node, 'group', 1);
    const product = convolution(withPads(x, geometry, 0), weights, { group, strides, dilations });
    return bias ? tf.add(product, tf.reshape(bias, [-1, ...strides.map(() => 1)])) : product;
  },

  /** The convolution of the input, its numbers `strides` apart, with the turned kernels. */
  ConvTranspose: ([x, weights], node) => {
    const [strides, pads, more] = ['strides', 'pads', 'output_padding'].map((name) => intsOf(node, name)) as [
      number[],
      number[],
      number[],
    ];
    const ones = strides.map(() => 1);
    const dilations = node.attributes.dilations ? intsOf(node, 'dilations') : ones;
    const reach = intsOf(node, 'kernel_shape').map((taps, i) => (taps - 1) * (dilations[i] as number));
    const wide = reach.map((size, i) => size - (pads[i] as number));
    const high = reach.map((size, i) => size - (pads[i + reach.length] as number) + (more[i] as number));
    const spread = strides.reduce((rest, step, i) => apart(rest, 2 + i, step), x);
    const group = intOf(node, 'group', 1);
    const around = withPads(spread, { padsBegin: wide, padsEnd: high }, 0);
    return convolution(around, turned(weights, group), { group, strides: ones, dilations });
  },
} satisfies Record<string, Operator>;

/** Puts `step - 1` zeros between the numbers of an axis. */
function apart(x: tf.Tensor, axis: number, step: number): tf.Tensor {
  if (step === 1) return x;
  const [outer, inner] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  const size = x.shape[axis] as number;
  const single = tf.reshape(x, [sizeOf(outer), size, 1, sizeOf(inner)]);
  const filled = padded(single, [0, 0, 0, 0], [0, 0, step - 1, 0]);
  const joined = tf.reshape(filled, [...outer, size * step, ...inner]);
  return padded(
    joined,
    joined.shape.map(() => 0),
    joined.shape.map((_, i) => (i === axis ? 1 - step : 0)),
  );
}

/** [channels, filters / group, taps...] -> [filters, channels / group, taps reversed...] */
function turned(weights: tf.Tensor, group: number): tf.Tensor {
  const [channels = 0, filtersOfGroup = 0, ...kernel] = weights.shape;
  const grouped = tf.reshape(weights, [group, channels / group, filtersOfGroup, sizeOf(kernel)]);
  const swapped = tf.reverse(tf.transpose(grouped, [0, 2, 1, 3]), 3);
  return tf.reshape(swapped, [group * filtersOfGroup, channels / group, ...kernel]);
}

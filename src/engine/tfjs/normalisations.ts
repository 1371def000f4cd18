import * as tf from '@tensorflow/tfjs-core';
import { floatOf, intOf, type Node } from '../../graph/graph.js';
import { axesOf, type Operands, type Operator } from './operator.js';

const reduction =
  (of: (x: tf.Tensor, axes: number[], keepDims: boolean) => tf.Tensor): Operator =>
  ([x, axes], node) =>
    of(x, axesOf(axes, x.rank), intOf(node, 'keepdims', 1) === 1);

/** Numbers together with those along an axis. */
export const NORMALISATIONS = {
  ReduceSum: reduction(tf.sum),
  ReduceMean: reduction(tf.mean),
  ReduceMax: reduction(tf.max),

  Softmax: ([x], node) => {
    const axis = intOf(node, 'axis', -1);
    const powers = tf.exp(tf.sub(x, tf.max(x, axis, true)));
    return tf.div(powers, tf.sum(powers, axis, true));
  },

  LayerNormalization: ([x, scale, shift], node) => {
    const centred = tf.sub(x, tf.mean(x, -1, true));
    const variance = tf.mean(tf.square(centred), -1, true);
    const scaled = tf.mul(tf.div(centred, deviation(variance, node)), scale);
    return shift ? tf.add(scaled, shift) : scaled;
  },

  BatchNormalization: ([x, ...parameters]: Operands, node: Node) => {
    const [scale, shift, mean, variance] = parameters.map((parameter) =>
      tf.reshape(parameter, [-1, ...x.shape.slice(2).map(() => 1)]),
    ) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    return tf.add(tf.mul(tf.sub(x, mean), tf.div(scale, deviation(variance, node))), shift);
  },
} satisfies Record<string, Operator>;

function deviation(variance: tf.Tensor, node: Node): tf.Tensor {
  return tf.sqrt(tf.add(variance, floatOf(node, 'epsilon', 1e-5)));
}

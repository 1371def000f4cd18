import * as tf from '@tensorflow/tfjs-core';
import { intOf } from '../../graph/graph.js';
import type { Operator } from './operator.js';

const scalarOf = (operand: tf.Tensor) => operand.dataSync()[0] as number;

/** Operators of shapes and indices. */
export const PLACES = {
  Shape: ([x], node) =>
    tf.tensor1d(x.shape.slice(intOf(node, 'start', 0), intOf(node, 'end', x.rank)), 'int32'),

  Range: ([start, end, step]) => tf.range(scalarOf(start), scalarOf(end), scalarOf(step), 'int32'),

  // Not by tf.oneHot, which makes integers, whatever it is asked for, in WebAssembly (4.22).
  OneHot: ([indices, depth, values]) => {
    const [off, on] = tf.unstack(values) as [tf.Tensor, tf.Tensor];
    const classes = tf.range(0, scalarOf(depth), 1, 'int32');
    return tf.where(tf.equal(tf.expandDims(indices, -1), classes), on, off);
  },

  /** Adds updates [batch, n] to data [batch, size] at indices [batch, n] of their rows; equal indices add up. */
  ScatterElements: ([data, indices, updates]) => {
    const [batch = 0, size = 0] = data.shape;
    const starts = tf.reshape(tf.range(0, batch * size, size, 'int32'), [batch, 1]);
    const places = tf.reshape(tf.add(indices, starts), [-1, 1]);
    const sums = tf.scatterND(places as tf.Tensor2D, tf.reshape(updates, [-1]), [batch * size]);
    return tf.add(data, tf.reshape(sums, data.shape));
  },
} satisfies Record<string, Operator>;

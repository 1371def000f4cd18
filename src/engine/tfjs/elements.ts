import * as tf from '@tensorflow/tfjs-core';
import { floatOf } from '../../graph/graph.js';
import type { Operator } from './operator.js';

const unary =
  (of: (x: tf.Tensor) => tf.Tensor): Operator =>
  ([x]) =>
    of(x);

const binary =
  (of: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Operator =>
  ([a, b]) =>
    of(a, b);

/** x above zero, `below` elsewhere. */
const above = (x: tf.Tensor, below: tf.Tensor) => tf.where(tf.greater(x, 0), x, below);

/** Operators of numbers one by one, operands repeated by numpy's rule. */
export const ELEMENTS = {
  Identity: unary(tf.clone),
  Add: binary(tf.add),
  Sub: binary(tf.sub),
  Mul: binary(tf.mul),
  Div: binary(tf.div),
  Pow: binary(tf.pow),
  Max: binary(tf.maximum),
  Min: binary(tf.minimum),
  Abs: unary(tf.abs),
  Sign: unary(tf.sign),
  Sqrt: unary(tf.sqrt),
  Exp: unary(tf.exp),
  Log: unary(tf.log),
  Reciprocal: unary(tf.reciprocal),
  Erf: unary(tf.erf),
  Greater: binary(tf.greater),
  Less: binary(tf.less),
  Where: ([condition, a, b]) => tf.where(condition, a, b),

  Relu: unary(tf.relu),
  Sigmoid: unary(tf.sigmoid),
  Tanh: unary(tf.tanh),
  LeakyRelu: ([x], node) => above(x, tf.mul(x, floatOf(node, 'alpha', 0.01))),
  PRelu: ([x, slopes]) => above(x, tf.mul(x, slopes)),
  Elu: ([x], node) => above(x, tf.mul(tf.expm1(tf.minimum(x, 0)), floatOf(node, 'alpha', 1))),
  HardSigmoid: ([x], node) =>
    tf.clipByValue(tf.add(tf.mul(x, floatOf(node, 'alpha', 0.2)), floatOf(node, 'beta', 0.5)), 0, 1),
  HardSwish: ([x]) => tf.mul(x, tf.clipByValue(tf.add(tf.div(x, 6), 0.5), 0, 1)),
  Clip: ([x, low, high]) => {
    const floored = low ? tf.maximum(x, low) : tf.clone(x);
    return high ? tf.minimum(floored, high) : floored;
  },
} satisfies Record<string, Operator>;

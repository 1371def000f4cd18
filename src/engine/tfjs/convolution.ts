import * as tf from '@tensorflow/tfjs-core';
import { view } from './moves.js';
import { inPlane, pairOf } from './plane.js';

export interface Steps {
  readonly group: number;
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
}

/**
 * A convolution without padding, by weights [filters, channels of a group, taps...]. TensorFlow.js takes no stride where
 * there is dilation, nor different ones: then every stride-th result counts.
 */
export function convolution(
  x: tf.Tensor,
  weights: tf.Tensor,
  { group, strides, dilations }: Steps,
): tf.Tensor {
  const skips = new Set(strides).size > 1 || dilations.some((dilation) => dilation !== 1);
  const kernels = x.rank === 3 ? tf.expandDims<tf.Tensor4D>(weights, 3) : (weights as tf.Tensor4D);
  const convolved = convolver(kernels, group, pairOf(skips ? [] : strides), pairOf(dilations));
  const all = inPlane(x, convolved);
  return skips ? strides.reduce((rest, step, i) => everyNth(rest, 2 + i, step), all) : all;
}

function everyNth(x: tf.Tensor, axis: number, step: number): tf.Tensor {
  return view(x, axis, 0, step, Math.ceil((x.shape[axis] as number) / step));
}

/** TensorFlow.js convolves single channels, or all of them together; other groups one by one. */
function convolver(
  kernels: tf.Tensor4D,
  group: number,
  stride: [number, number],
  dilations: [number, number],
) {
  const [filters, channelsOfGroup, height, width] = kernels.shape;
  const apart = group > 1 && channelsOfGroup === 1;
  const weights: tf.Tensor4D = apart
    ? tf.reshape(tf.transpose(kernels, [2, 3, 0, 1]), [height, width, group, filters / group])
    : tf.transpose(kernels, [2, 3, 1, 0]);
  const together = (x: tf.Tensor4D, by: tf.Tensor4D): tf.Tensor4D =>
    tf.conv2d(x, by, stride, 'valid', 'NHWC', dilations);
  return (x: tf.Tensor4D): tf.Tensor4D => {
    if (apart) return tf.depthwiseConv2d(x, weights, stride, 'valid', 'NHWC', dilations);
    if (group === 1) return together(x, weights);
    const each: tf.Tensor4D[] = tf.split(weights, group, 3);
    const parts: tf.Tensor4D[] = tf.split(x, group, 3);
    return tf.concat(
      parts.map((part, i) => together(part, each[i] as tf.Tensor4D)),
      3,
    );
  };
}

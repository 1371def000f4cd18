import * as tf from '@tensorflow/tfjs-core';
import type { WindowGeometry } from '../../graph/geometry.js';
import { padded } from './moves.js';

/** For values with channels first, [batch, channels, height, width] or [batch, channels, length]. */

/** What the runtime computes with channels last, [batch, height, width, channels]. */
export function inPlane(x: tf.Tensor, of: (plane: tf.Tensor4D) => tf.Tensor4D): tf.Tensor {
  const plane = x.rank === 3 ? tf.expandDims(x, 3) : x;
  const last = tf.transpose(plane, [0, 2, 3, 1]) as tf.Tensor4D;
  const result: tf.Tensor = tf.transpose(of(last), [0, 3, 1, 2]);
  return x.rank === 3 ? tf.squeeze(result, [3]) : result;
}

/** One entry for each of the two axes of a plane, from one or two. */
export function pairOf(entries: readonly number[]): [number, number] {
  return [entries[0] ?? 1, entries[1] ?? 1];
}

/** Puts `value` around what windows slide over. */
export function withPads(
  x: tf.Tensor,
  { padsBegin, padsEnd }: Pick<WindowGeometry, 'padsBegin' | 'padsEnd'>,
  value: number,
): tf.Tensor {
  return padded(x, [0, 0, ...padsBegin], [0, 0, ...padsEnd], value);
}

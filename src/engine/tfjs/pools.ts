import * as tf from '@tensorflow/tfjs-core';
import { type WindowGeometry, windowGeometry } from '../../graph/geometry.js';
import { sizeOf } from '../../graph/tensor.js';
import { view } from './moves.js';
import type { Operator } from './operator.js';
import { inPlane, pairOf, withPads } from './plane.js';

/** Pools by the runtime's own where it has one, else axis by axis, from the last one: a window's row, then the rows. */
export const POOLS = {
  AveragePool: ([x], node) => {
    const geometry = windowGeometry(node, x.shape.slice(2));
    const size = sizeOf(geometry.kernel);
    const sum = fromLastAxis(geometry, withPads(x, geometry, 0), (rows, taps) => taps(rows).reduce(tf.add));
    return tf.div(sum, size);
  },

  /** The maxima and, where they are asked for, their places among all numbers of the input: of equals, the first. */
  MaxPool: ([x], node) => {
    const geometry = windowGeometry(node, x.shape.slice(2));
    const values = withPads(x, geometry, Number.NEGATIVE_INFINITY);
    if (node.outputs.length === 1) return maximaOf(values, geometry);
    const all = tf.reshape(tf.range(0, x.size, 1, 'int32'), x.shape);
    const start: Found = { maxima: values, places: withPads(all, geometry, 0) };
    const { maxima, places } = fromLastAxis(geometry, start, (rows, taps) => {
      const where = taps(rows.places);
      const found = taps(rows.maxima).map((maxima, i) => ({ maxima, places: where[i] as tf.Tensor }));
      return found.reduce(larger);
    });
    return [maxima, places];
  },
} satisfies Record<string, Operator>;

/** The runtime's own pools know no dilation, and refuse windows of one number. */
function maximaOf(values: tf.Tensor, geometry: WindowGeometry): tf.Tensor {
  const { kernel, strides, dilations } = geometry;
  if (sizeOf(kernel) === 1 || dilations.some((dilation) => dilation !== 1)) {
    return fromLastAxis(geometry, values, (rows, taps) => taps(rows).reduce(tf.maximum));
  }
  return inPlane(values, (plane) => tf.maxPool(plane, pairOf(kernel), pairOf(strides), 'valid'));
}

interface Found {
  readonly maxima: tf.Tensor;
  readonly places: tf.Tensor;
}

/** The larger one, with its place; of equals the one before. */
function larger(before: Found, behind: Found): Found {
  const more = tf.greater(behind.maxima, before.maxima);
  return {
    maxima: tf.maximum(before.maxima, behind.maxima),
    places: tf.where(more, behind.places, before.places),
  };
}

/** What a window sees at its first position along an axis, at its second... */
type Taps = (rows: tf.Tensor) => tf.Tensor[];

function fromLastAxis<T>(geometry: WindowGeometry, start: T, reduce: (rows: T, taps: Taps) => T): T {
  return geometry.kernel.reduceRight(
    (rows, _, axis) => reduce(rows, (x) => tapsOf(x, geometry, axis)),
    start,
  );
}

function tapsOf(x: tf.Tensor, geometry: WindowGeometry, axis: number): tf.Tensor[] {
  const at = (list: readonly number[]) => list[axis] as number;
  return Array.from({ length: at(geometry.kernel) }, (_, tap) =>
    view(x, 2 + axis, tap * at(geometry.dilations), at(geometry.strides), at(geometry.output)),
  );
}

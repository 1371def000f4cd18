import * as tf from '@tensorflow/tfjs-core';
import { intOf, intsOf as intsOfNode } from '../../graph/graph.js';
import { axesOf, intsOf, type Operator } from './operator.js';

/** Operators that put numbers at other places. */
export const MOVES = {
  Reshape: ([x, sizes]) =>
    tf.reshape(
      x,
      intsOf(sizes).map((size, axis) => (size === 0 ? (x.shape[axis] as number) : size)),
    ),

  Unsqueeze: ([x, where]) => {
    const axes = axesOf(where, x.rank + where.size);
    const sizes = x.shape[Symbol.iterator]();
    const shape = Array.from({ length: x.rank + where.size }, (_, axis) =>
      axes.includes(axis) ? 1 : (sizes.next().value as number),
    );
    return tf.reshape(x, shape);
  },

  Squeeze: ([x, where]) => tf.squeeze(x, where ? axesOf(where, x.rank) : undefined),

  Transpose: ([x], node) => tf.transpose(x, [...intsOfNode(node, 'perm')]),

  Concat: (operands, node) => tf.concat([...operands], intOf(node, 'axis', 1)),

  Split: ([x, sizes], node) => tf.split(x, intsOf(sizes), intOf(node, 'axis', 0)),

  Slice: ([x, starts, ends, where, steps]) => {
    const [start, end] = [intsOf(starts), intsOf(ends)];
    const step = steps ? intsOf(steps) : start.map(() => 1);
    return axesOf(where, x.rank).reduce((rest, axis, i) => {
      const [from, by] = [start[i] as number, step[i] as number];
      return view(rest, axis, from, by, Math.ceil(((end[i] as number) - from) / by));
    }, x);
  },

  Pad: ([x, pads, value, where]) => {
    const axes = where ? axesOf(where, x.rank) : x.shape.map((_, axis) => axis);
    const each = intsOf(pads);
    const along = (part: readonly number[]) => x.shape.map((_, axis) => part[axes.indexOf(axis)] ?? 0);
    const [before, behind] = [along(each.slice(0, axes.length)), along(each.slice(axes.length))];
    return padded(x, before, behind, value ? (value.dataSync()[0] as number) : 0);
  },

  Gather: ([x, indices], node) => tf.gather(x, tf.cast(indices, 'int32'), intOf(node, 'axis', 0)),
} satisfies Record<string, Operator>;

/**
 * The positions `start`, `start + step`, ... of an axis.
 * Not by tf.stridedSlice, which makes numbers of float32 out of integers in WebAssembly (4.22).
 */
export function view(x: tf.Tensor, axis: number, start: number, step: number, count: number): tf.Tensor {
  if (step !== 1) return tf.gather(x, tf.range(start, start + count * step, step, 'int32'), axis);
  const along = (value: number, elsewhere: readonly number[]) =>
    elsewhere.map((other, i) => (i === axis ? value : other));
  return tf.slice(
    x,
    along(
      start,
      x.shape.map(() => 0),
    ),
    along(count, x.shape),
  );
}

/** Puts `value` around a tensor, as many times as is said for each axis; where that is negative, numbers are cut off. */
export function padded(
  x: tf.Tensor,
  before: readonly number[],
  behind: readonly number[],
  value = 0,
): tf.Tensor {
  const pairs = before.map((first, axis) => [first, behind[axis] as number] as const);
  const inner = pairs.reduce((rest, [first, last], axis) => {
    const cut = Math.min(first, 0) + Math.min(last, 0);
    return cut === 0 ? rest : view(rest, axis, Math.max(-first, 0), 1, (rest.shape[axis] as number) + cut);
  }, x);
  const outer = pairs.map(([first, last]): [number, number] => [Math.max(first, 0), Math.max(last, 0)]);
  const padless = outer.every(([first, last]) => first + last === 0);
  return padless ? tf.clone(inner) : tf.pad(inner, outer, value);
}

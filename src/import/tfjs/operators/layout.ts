import { BATCH } from '../../../graph/graph.js';
import { addConcat, addPad, addSlice, addTranspose, reshapedShape } from '../../canonical/layout.js';
import { ints } from '../../constant.js';
import { Unsupported } from '../../unsupported.js';
import {
  addReshapeLast,
  canonicalAxis,
  lastSample,
  toChannelsFirst,
  toChannelsLast,
} from '../channels-last.js';
import { computed, type OperatorTable, type TfjsNode } from '../node.js';
import { rangesOf } from './strided-slice.js';

/** Operators that move numbers. The batch stays the first axis. */
export const LAYOUT: OperatorTable = {
  Shape: (node, writer) => {
    const sample = lastSample(writer, node.value());
    return ints([sample.length + 1], [Number.NaN, ...sample]);
  },

  Reshape: (node, writer) => {
    const shape = [BATCH, ...lastSample(writer, node.value())];
    const [batch, ...sample] = reshapedShape(shape, node.list(1), writer.exportedBatch, true);
    if (batch !== BATCH) throw new Unsupported('of the batch');
    return computed(addReshapeLast(writer, node.value(), sample, node.name));
  },

  Squeeze: (node, writer) => {
    const shape = [BATCH, ...lastSample(writer, node.value())];
    const given =
      node.numbers('squeeze_dims') ?? shape.flatMap((dim, axis) => (axis > 0 && dim === 1 ? [axis] : []));
    const axes = given.map((axis) => (axis < 0 ? axis + shape.length : axis));
    if (axes.some((axis) => shape[axis] !== 1)) throw new Unsupported(`of axes ${given}`);
    const sample = shape.filter((_, axis) => axis > 0 && !axes.includes(axis));
    return computed(addReshapeLast(writer, node.value(), sample, node.name));
  },

  ExpandDims: (node, writer) => {
    const sample = lastSample(writer, node.value());
    const axis = node.scalar(1);
    const at = axis < 0 ? axis + sample.length + 2 : axis;
    if (!(at >= 1 && at <= sample.length + 1)) throw new Unsupported(`at axis ${axis}`);
    sample.splice(at - 1, 0, 1);
    return computed(addReshapeLast(writer, node.value(), sample, node.name));
  },

  Transpose: (node, writer) => {
    const order = node.list(1);
    const rank = writer.shape(node.value()).length;
    const permutes = order.length === rank && new Set(order).size === rank && order[0] === 0;
    const canonical = toChannelsLast(rank);
    const axes = toChannelsFirst(rank).map((axis) => canonical[order[axis] as number]);
    if (!permutes || !axes.every((axis) => axis !== undefined)) throw new Unsupported(`to axes [${order}]`);
    return computed(addTranspose(writer, node.value(), axes, node.name));
  },

  /** The axis stands behind the values. */
  ConcatV2: (node, writer) => {
    const parts = node.operands.slice(0, -1).map((_, i) => node.value(i));
    const axis = canonicalAxis(node.scalar(parts.length), writer.shape(node.value()).length);
    return computed(addConcat(writer, parts, axis, node.name));
  },

  Split: (node, writer) => {
    const x = node.value(1);
    const axis = canonicalAxis(node.scalar(0), writer.shape(x).length);
    const parts = node.number('num_split', 1);
    const size = (writer.shape(x)[axis] as number) / parts;
    if (!Number.isInteger(size)) throw new Unsupported(`of ${size * parts} into ${parts}`);
    return Array.from({ length: parts }, (_, i) =>
      computed(addSlice(writer, x, axis, [i * size, (i + 1) * size, 1], node.name)),
    );
  },

  Pad: (node, writer) => computed(padded(node, writer)),
  PadV2: (node, writer) => {
    if (node.scalar(2) !== 0) throw new Unsupported('with another value than 0');
    return computed(padded(node, writer));
  },

  StridedSlice: (node, writer) => {
    const x = node.value();
    const shape = [BATCH, ...lastSample(writer, x)];
    const { ranges, dropped } = rangesOf(node, shape);
    const sliced = ranges.reduce((value, { first, count, step }, axis) => {
      if (axis === 0) return value;
      if (step < 0) throw new Unsupported('in reverse');
      return addSlice(
        writer,
        value,
        canonicalAxis(axis, shape.length),
        [first, first + (count - 1) * step + 1, step],
        node.name,
      );
    }, x);
    const sample = ranges.map(({ count }) => count).filter((_, axis) => axis > 0 && !dropped.includes(axis));
    return computed(addReshapeLast(writer, sliced, sample, node.name));
  },
};

/** Zeros around; `paddings` has a pair for every axis, channels last. */
function padded(node: TfjsNode, writer: Parameters<OperatorTable[string]>[1]): string {
  const x = node.value();
  const rank = writer.shape(x).length;
  const paddings = node.list(1);
  const sound = paddings.length === 2 * rank && paddings.every((pad) => Number.isInteger(pad) && pad >= 0);
  if (!sound || paddings[0] !== 0 || paddings[1] !== 0) throw new Unsupported(`by [${paddings}]`);
  const order = toChannelsFirst(rank);
  const side = (end: 0 | 1) => order.map((axis) => paddings[2 * axis + end] as number);
  return addPad(writer, x, [...side(0), ...side(1)], node.name);
}

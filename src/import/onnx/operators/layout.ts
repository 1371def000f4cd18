import { BATCH } from '../../../graph/graph.js';
import { sizeOf } from '../../../graph/tensor.js';
import { addConstantOperand } from '../../canonical/arithmetic.js';
import {
  addConcat,
  addPad,
  addReshape,
  addSelect,
  addSlice,
  addTranspose,
  reshapedShape,
} from '../../canonical/layout.js';
import type { NetworkWriter } from '../../canonical/writer.js';
import { ints, type Operand } from '../../constant.js';
import { Unsupported } from '../../unsupported.js';
import {
  concatAxis,
  flattenAxis,
  gatherAxis,
  selectedDims,
  sliceParts,
  splitSizes,
  squeezedAxes,
  transposeOrder,
  unsqueezedAxes,
} from '../arguments.js';
import { fileShape, networkAxis, placed } from '../batch-axis.js';
import type { OnnxNode } from '../node.js';
import { computed, type OperatorTable } from './table.js';

/** The least end that exporters write where a slice has none. */
const TO_THE_END = 2 ** 31 - 1;
/** Elements that are picked one by one; each may become a Slice of its own. */
const MOST_PIECES = 4096;

/** Operators that move numbers. The batch stays the first axis of the network, wherever the file has it. */
export const LAYOUT: OperatorTable = {
  Shape: (node, writer) => {
    const dims = selectedDims(node, shapeOf(node, writer));
    return ints(
      [dims.length],
      dims.map((dim) => (dim === BATCH ? Number.NaN : dim)),
    );
  },

  Flatten: (node, writer) => {
    const shape = shapeOf(node, writer);
    const axis = flattenAxis(node, shape.length);
    const [rows, columns] = [shape.slice(0, axis), shape.slice(axis)];
    const isOne = axis === 0 && writer.exportedBatch === 1;
    if (!isOne && (!rows.includes(BATCH) || sizeOf(rows) !== BATCH))
      throw new Unsupported('of channels into the batch');
    return reshaped(node, writer, [BATCH, Math.abs(sizeOf(columns))]);
  },

  Reshape: (node, writer) => {
    const target = node.intList('shape', 1) ?? [];
    const allowZero = node.int('allowzero', 0) === 1;
    return reshaped(
      node,
      writer,
      reshapedShape(shapeOf(node, writer), target, writer.exportedBatch, allowZero),
    );
  },

  Squeeze: (node, writer) => {
    const shape = shapeOf(node, writer);
    const gone = squeezedAxes(node, shape);
    return reshaped(node, writer, shape.filter((_, axis) => !gone.includes(axis))); // biome-ignore format: one line
  },

  Unsqueeze: (node, writer) => {
    const shape = shapeOf(node, writer);
    for (const axis of unsqueezedAxes(node, shape.length)) shape.splice(axis, 0, 1);
    return reshaped(node, writer, shape);
  },

  Transpose: (node, writer) => {
    const { value, batch } = node.computed();
    const rank = writer.shape(value).length;
    const order = transposeOrder(node, rank);
    const moved = order.filter((axis) => axis !== batch).map((axis) => networkAxis(axis, rank, batch));
    return computed(addTranspose(writer, value, [0, ...moved], node.name), order.indexOf(batch));
  },

  Concat: (node, writer) => {
    const parts = node.operands.map((_, i) => node.computed(i));
    const { value, batch } = node.computed();
    if (parts.some((part) => part.batch !== batch)) throw new Unsupported('with the batch as different axes');
    const rank = writer.shape(value).length;
    const axis = networkAxis(concatAxis(node, rank), rank, batch);
    return computed(addConcat(writer, parts.map((part) => part.value), axis, node.name), batch); // biome-ignore format: one line
  },

  Split: (node, writer) => {
    const { value, batch } = node.computed();
    const shape = shapeOf(node, writer);
    const { axis: given, sizes } = splitSizes(node, shape);
    const axis = networkAxis(given, shape.length, batch);
    let start = 0;
    return sizes.map((part) => {
      start += part;
      return computed(addSlice(writer, value, axis, [start - part, start, 1], node.name), batch);
    });
  },

  Slice: (node, writer) => computed(sliced(node, writer), node.computed().batch),

  Gather: (node, writer) => {
    const { value, batch } = node.computed();
    const shape = shapeOf(node, writer);
    const given = gatherAxis(node, shape.length);
    const axis = networkAxis(given, shape.length, batch);
    const chosen = node.integers(1);
    if (chosen.dims.length > 1) throw new Unsupported('with a table of indices');
    const size = shape[given] as number;
    const several = chosen.size > 0 && chosen.size <= Math.min(size, MOST_PIECES);
    if (!several) throw new Unsupported(`of ${chosen.size} elements of ${size}`);
    const indices = Array.from(chosen.data, (index) => (index < 0 ? index + size : index));
    if (!indices.every((i) => i >= 0 && i < size)) throw new Unsupported('beyond its input');
    const selected = addSelect(writer, value, axis, indices, node.name);
    if (chosen.dims.length === 1) return computed(selected, batch);
    const { sample, batch: place } = placed(shape.filter((_, i) => i !== given));
    return computed(addReshape(writer, selected, sample, `${node.name}.selected`), place);
  },

  Pad: (node, writer) => {
    if (node.string('mode', 'constant') !== 'constant')
      throw new Unsupported(`of mode ${node.string('mode', '')}`);
    return padded(node, writer, node.number('value', 2, 0));
  },
};

/** The shape of a node's first operand as the file has it. */
function shapeOf(node: OnnxNode, writer: NetworkWriter): number[] {
  const { value, batch } = node.computed();
  return fileShape(writer.shape(value), batch);
}

/** A node's first operand in another shape of the file. */
function reshaped(node: OnnxNode, writer: NetworkWriter, shape: readonly number[]): Operand {
  const { sample, batch } = placed(shape);
  return computed(addReshape(writer, node.computed().value, sample, node.name), batch);
}

function sliced(node: OnnxNode, writer: NetworkWriter): string {
  const { value, batch } = node.computed();
  const shape = shapeOf(node, writer).map((dim) => (dim === BATCH ? TO_THE_END : dim));
  return sliceParts(node, shape).reduce((x, { axis: given, first, count, step }) => {
    if (given === batch && count === TO_THE_END && step === 1) return x;
    const axis = networkAxis(given, shape.length, batch);
    if (count === 0) throw new Unsupported('of nothing');
    const last = first + (count - 1) * step;
    if (step > 0) return addSlice(writer, x, axis, [first, last + 1, step], node.name);
    if (count > MOST_PIECES) throw new Unsupported(`of ${count} elements in reverse`);
    return addSelect(
      writer,
      x,
      axis,
      Array.from({ length: count }, (_, k) => first + k * step),
      node.name,
    );
  }, value);
}

/** The value where the pads are positive; negative pads cut off. Zeros around x - value, and the value added again. */
function padded(node: OnnxNode, writer: NetworkWriter, value: number): Operand {
  const { value: source, batch } = node.computed();
  const shifted = (x: string, by: number, name: string) =>
    value === 0 ? x : addConstantOperand(writer, 'Add', x, { dims: [], data: [by] }, name);
  const x = shifted(source, -value, `${node.name}.centred`);
  const shape = writer.shape(x);
  const rank = shape.length;
  const given = node.intList('pads', 1) ?? [];
  const axes = node.intList('axes', 3) ?? shape.map((_, axis) => axis);
  const pads = [...shape, ...shape].map(() => 0);
  for (const [i, axis] of axes.entries()) {
    const [begin = Number.NaN, end = Number.NaN] = [given[i], given[i + axes.length]];
    if (begin === 0 && end === 0) continue;
    const at = networkAxis(axis, rank, batch);
    pads[at] = begin;
    pads[at + rank] = end;
  }
  const cut = shape.reduce<string>((value, size, axis) => {
    const start = Math.max(0, -(pads[axis] as number));
    const end = size - Math.max(0, -(pads[axis + rank] as number));
    return axis === 0 ? value : addSlice(writer, value, axis, [start, end, 1], `${node.name}.cut`);
  }, x);
  const positive = pads.map((pad) => Math.max(0, pad));
  return computed(shifted(addPad(writer, cut, positive, node.name), value, `${node.name}.value`), batch);
}

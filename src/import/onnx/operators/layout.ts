import { BATCH, showShape } from '../../../graph/graph.js';
import { copyJoined, joinedDims } from '../../../graph/strided.js';
import { type FloatTensor, floatTensor, sizeOf } from '../../../graph/tensor.js';
import { batchesIn, timesBatch } from '../../batch-size.js';
import { addConstantOperand } from '../../canonical/arithmetic.js';
import {
  addConcat,
  addPad,
  addRepeats,
  addReshape,
  addSelect,
  addSlice,
  addTranspose,
  keptShape,
} from '../../canonical/layout.js';
import type { NetworkWriter } from '../../canonical/writer.js';
import { type Constant, ints, type Operand } from '../../constant.js';
import { Unsupported } from '../../unsupported.js';
import {
  axisOf,
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
import type { OnnxNode } from '../node.js';
import { alike, reshapedView, seen, type View, viewOf } from '../view.js';
import { computed, type OperatorTable } from './table.js';

/** The least end that exporters write where a slice has none. */
const TO_THE_END = 2 ** 31 - 1;

/** Elements that are picked one by one; each may become a Slice of its own. */
const MOST_PIECES = 4096;

/** Operators that move numbers. The batch stays the first axis of the network, wherever the file has it. */
export const LAYOUT: OperatorTable = {
  Shape: (node, writer) => {
    const view = viewOf(node, writer);
    const dims = selectedDims(node, view.dims);
    return ints(
      [dims.length],
      dims.map((dim) => (dim === BATCH ? timesBatch(view.joined) : dim)),
    );
  },

  Flatten: (node, writer) => {
    const view = viewOf(node, writer);
    const { dims, joined } = view;
    const axis = flattenAxis(node, dims.length);
    const [rows, columns] = [dims.slice(0, axis), dims.slice(axis)];
    if (axis === 0 && writer.exportedBatch === 1 && joined === 1)
      return computed(addReshape(writer, view.value, [Math.abs(sizeOf(columns))], node.name));
    if (!rows.includes(BATCH)) throw new Unsupported('of channels into the batch');
    const target = [timesBatch(Math.abs(sizeOf(rows)) * joined), sizeOf(columns)];
    const { sample, batch } = reshapedView(view, target, writer.exportedBatch);
    return seen(addReshape(writer, view.value, sample, node.name), batch);
  },

  Reshape: (node, writer) => {
    const view = viewOf(node, writer);
    const asked = node.intList('shape', 1) ?? [];
    const allowZero = node.int('allowzero', 0) === 1;
    if (allowZero && asked.includes(0)) throw new Unsupported('to no numbers at all');
    if (asked.some((dim) => dim < -1)) throw new Unsupported(`to [${asked}]`);
    const kept = view.joined === 1 && keptShape(view.dims, asked, writer.exportedBatch, allowZero);
    if (kept) {
      const sample = kept.filter((dim) => dim !== BATCH);
      return seen(addReshape(writer, view.value, sample, node.name), {
        ...view.batch,
        axis: kept.indexOf(BATCH),
      });
    }
    const same = (i: number) => {
      const dim = view.dims[i] ?? 0;
      return dim === BATCH ? timesBatch(view.joined) : dim;
    };
    const target = asked.map((dim, i) => (dim === 0 && !allowZero ? same(i) : dim));
    const { sample, batch } = reshapedView(view, target, writer.exportedBatch);
    return seen(addReshape(writer, view.value, sample, node.name), batch);
  },

  Squeeze: (node, writer) => {
    const view = viewOf(node, writer);
    const gone = squeezedAxes(node, view.dims);
    const own = gone.map((axis) => view.axis(axis));
    const kept = view.shape.filter((_, axis) => axis > 0 && !own.includes(axis));
    const before = gone.filter((axis) => axis < view.batch.axis).length;
    return seen(addReshape(writer, view.value, kept, node.name), view.without(before));
  },

  Unsqueeze: (node, writer) => {
    const view = viewOf(node, writer);
    const dims = view.dims.map((dim) => (dim === BATCH ? [BATCH, view.joined] : [dim]));
    for (const axis of unsqueezedAxes(node, dims.length)) dims.splice(axis, 0, [1]);
    const axis = dims.findIndex(([dim]) => dim === BATCH);
    const sample = dims.flatMap(([dim = 1, joined = 1]) =>
      dim !== BATCH ? [dim] : joined > 1 ? [joined] : [],
    );
    return seen(addReshape(writer, view.value, sample, node.name), { ...view.batch, axis });
  },

  Transpose: (node, writer) => {
    const view = viewOf(node, writer);
    const order = transposeOrder(node, view.dims.length);
    const at = view.batch.axis;
    const joined = view.joined > 1 ? [at + 1] : [];
    const own = order.flatMap((axis) => (axis === at ? joined : [view.axis(axis)]));
    const turned = addTranspose(writer, view.value, [0, ...own], node.name);
    return seen(turned, { ...view.batch, axis: order.indexOf(at) });
  },

  Concat: (node, writer) => concatenated(node, writer),

  Split: (node, writer) => {
    const view = viewOf(node, writer);
    const { axis, sizes } = splitSizes(node, view.dims);
    const own = view.axis(axis);
    let start = 0;
    return sizes.map((part) => {
      start += part;
      return seen(addSlice(writer, view.value, own, [start - part, start, 1], node.name), view.batch);
    });
  },

  Slice: (node, writer) => {
    const view = viewOf(node, writer);
    return seen(sliced(node, writer, view), view.batch);
  },

  Gather: (node, writer) => {
    const view = viewOf(node, writer);
    const x = view.value;
    const given = gatherAxis(node, view.dims.length);
    const axis = view.axis(given);
    const chosen = node.integers(1);
    if (chosen.dims.length > 1) throw new Unsupported('with a table of indices');
    const size = view.shape[axis] as number;
    const several = chosen.size > 0 && chosen.size <= Math.min(size, MOST_PIECES);
    if (!several) throw new Unsupported(`of ${chosen.size} elements of ${size}`);
    const indices = Array.from(chosen.data, (index) => (index < 0 ? index + size : index));
    if (!indices.every((i) => i >= 0 && i < size)) throw new Unsupported('beyond its input');
    const selected = addSelect(writer, x, axis, indices, node.name);
    if (chosen.dims.length === 1) return seen(selected, view.batch);
    const sample = view.shape.filter((_, i) => i > 0 && i !== axis);
    const batch = view.without(given < view.batch.axis ? 1 : 0);
    return seen(addReshape(writer, selected, sample, `${node.name}.selected`), batch);
  },

  Expand: (node, writer) => {
    const view = viewOf(node, writer);
    const asked = node.intList('shape', 1) ?? [];
    const dims = view.dims;
    if (asked.length > dims.length) throw new Unsupported('to more axes');
    const repeats = dims.map((dim, axis) => {
      const wanted = asked[axis - dims.length + asked.length] ?? 1;
      const kept = wanted === 1 || wanted === dim || (dim === BATCH && batchesIn(wanted) === view.joined);
      if (!kept && dim !== 1) throw new Unsupported(`of ${showShape(dims)} to [${asked}]`);
      return kept ? 1 : wanted;
    });
    return repeated(node, writer, view, repeats);
  },

  Tile: (node, writer) => {
    const view = viewOf(node, writer);
    return repeated(node, writer, view, node.intList('repeats', 1) ?? []);
  },

  Pad: (node, writer) => {
    if (node.string('mode', 'constant') !== 'constant')
      throw new Unsupported(`of mode ${node.string('mode', '')}`);
    return padded(node, writer, node.number('value', 2, 0));
  },
};

function repeated(node: OnnxNode, writer: NetworkWriter, view: View, repeats: readonly number[]): Operand {
  if (repeats.length !== view.dims.length || !repeats.every((count) => count >= 1))
    throw new Unsupported(`by [${repeats}]`);
  const value = repeats.reduce<string>(
    (x, count, axis) => (count === 1 ? x : addRepeats(writer, x, view.axis(axis), count, node.name)),
    view.value,
  );
  return seen(value, view.batch);
}

function sliced(node: OnnxNode, writer: NetworkWriter, view: View): string {
  const dims = view.dims.map((dim) => (dim === BATCH ? TO_THE_END : dim));
  return sliceParts(node, dims).reduce((x, { axis: given, first, count, step }) => {
    if (given === view.batch.axis && count === TO_THE_END && step === 1) return x;
    const axis = view.axis(given);
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
  }, view.value);
}

/** Constants among the parts (class tokens) are added to zeros in their places. */
function concatenated(node: OnnxNode, writer: NetworkWriter): Operand {
  const first = node.operands.findIndex((operand) => operand?.kind === 'value');
  const view = viewOf(node, writer, first);
  const given = concatAxis(node, view.dims.length);
  const axis = view.axis(given);
  const parts = node.operands.map((_, i) => node.operand(i));
  const views = parts.flatMap((part, i) => (part.kind === 'value' ? [viewOf(node, writer, i)] : []));
  if (!views.every(({ batch }) => alike(batch, view.batch)))
    throw new Unsupported('with the batch as different axes');
  if (views.length === parts.length) {
    return seen(addConcat(writer, views.map(({ value }) => value), axis, node.name), view.batch); // biome-ignore format: one line
  }
  // Constants stand behind the values before them, the first ones before those behind them.
  const groups: { before: Constant[]; values: string[]; behind: Constant[] }[] = [];
  const leading = parts.slice(0, first) as Constant[];
  for (const part of parts.slice(first)) {
    const last = groups.at(-1);
    if (part.kind !== 'value') last?.behind.push(part);
    else if (last?.behind.length === 0) last.values.push(part.value);
    else groups.push({ before: last ? [] : leading, values: [part.value], behind: [] });
  }
  const joined = groups.map(({ before, values, behind }, i) => {
    const name = groups.length > 1 ? `${node.name}.${i}` : node.name;
    const value = addConcat(writer, values, axis, `${name}.values`);
    const constants = [before, behind].map((side) => side.map((part) => constantPart(part, view, axis)));
    return between(writer, value, constants as [FloatTensor[], FloatTensor[]], axis, name);
  });
  return seen(addConcat(writer, joined, axis, node.name), view.batch);
}

/** Constants before and behind a value along an axis. */
function between(
  writer: NetworkWriter,
  value: string,
  [before, behind]: [FloatTensor[], FloatTensor[]],
  axis: number,
  name: string,
): string {
  if (before.length + behind.length === 0) return value;
  const shape = writer.shape(value);
  const size = (parts: FloatTensor[]) => parts.reduce((sum, { dims }) => sum + (dims[axis] as number), 0);
  const pads = [...shape, ...shape].map(() => 0);
  pads[axis] = size(before);
  pads[axis + shape.length] = size(behind);
  const padded = addPad(writer, value, pads, `${name}.pad`);
  const dims = shape.map((dim, i) => (i === 0 ? 1 : dim));
  const zeros = floatTensor(dims, new Float32Array(sizeOf(dims)));
  return addConstantOperand(writer, 'Add', padded, alongAxis([...before, zeros, ...behind], axis), name);
}

/** A constant among computed values, with canonical axes; it is the same for all samples. */
function constantPart(part: Constant, view: View, axis: number): FloatTensor {
  const dims = view.isFirst ? [...part.dims] : view.aligned(part.dims);
  const fits =
    dims.length === view.shape.length &&
    dims.every((dim, i) => (i === 0 ? dim === 1 : i === axis || dim === view.shape[i]));
  if (!fits) throw new Unsupported(`of a constant of shape [${part.dims}]`);
  return floatTensor(dims, part.data);
}

/** Tensors joined along an axis. */
function alongAxis(parts: readonly FloatTensor[], axis: number): FloatTensor {
  const dims = joinedDims(parts, axis);
  const data = new Float32Array(sizeOf(dims));
  copyJoined(parts.map((part) => part.data), data, sizeOf(dims.slice(0, axis))); // biome-ignore format: one line
  return floatTensor(dims, data);
}

/** The value where the pads are positive; negative pads cut off. Zeros around x - value, and the value added again. */
function padded(node: OnnxNode, writer: NetworkWriter, value: number): Operand {
  const view = viewOf(node, writer);
  const shifted = (x: string, by: number, name: string) =>
    value === 0 ? x : addConstantOperand(writer, 'Add', x, { dims: [], data: [by] }, name);
  const x = shifted(view.value, -value, `${node.name}.centred`);
  const shape = writer.shape(x);
  const rank = shape.length;
  const given = node.intList('pads', 1) ?? [];
  const axes = node.intList('axes', 3) ?? view.dims.map((_, axis) => axis);
  const pads = [...shape, ...shape].map(() => 0);
  for (const [i, axis] of axes.entries()) {
    const [begin = Number.NaN, end = Number.NaN] = [given[i], given[i + axes.length]];
    if (begin === 0 && end === 0) continue;
    const at = view.axis(axisOf(axis, view.dims.length));
    pads[at] = begin;
    pads[at + rank] = end;
  }
  const cut = shape.reduce<string>((value, size, axis) => {
    const start = Math.max(0, -(pads[axis] as number));
    const end = size - Math.max(0, -(pads[axis + rank] as number));
    return axis === 0 ? value : addSlice(writer, value, axis, [start, end, 1], `${node.name}.cut`);
  }, x);
  const positive = pads.map((pad) => Math.max(0, pad));
  return seen(shifted(addPad(writer, cut, positive, node.name), value, `${node.name}.value`), view.batch);
}

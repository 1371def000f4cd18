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
  reshapedSample,
} from '../../canonical/layout.js';
import type { NetworkWriter } from '../../canonical/writer.js';
import { ints } from '../../constant.js';
import { Unsupported } from '../../unsupported.js';
import {
  behindBatch,
  concatAxis,
  flattenAxis,
  gatherAxis,
  sampleAxis,
  selectedDims,
  sliceParts,
  splitSizes,
  squeezedAxes,
  transposeOrder,
  unsqueezedAxes,
} from '../arguments.js';
import type { OnnxNode } from '../node.js';
import { computed, type OperatorTable } from './table.js';

/** Elements that are picked one by one; each may become a Slice of its own. */
const MOST_PIECES = 4096;

/** Operators that move numbers. The batch stays the first axis, whatever its size was when the network was exported. */
export const LAYOUT: OperatorTable = {
  Shape: (node, writer) => {
    const dims = selectedDims(node, writer.shape(node.value()));
    return ints(
      [dims.length],
      dims.map((dim) => (dim === BATCH ? Number.NaN : dim)),
    );
  },

  Flatten: (node, writer) => {
    const shape = writer.shape(node.value());
    const axis = behindBatch(flattenAxis(node, shape.length));
    if (sizeOf(shape.slice(1, axis)) !== 1) throw new Unsupported('of channels into the batch');
    return computed(addReshape(writer, node.value(), [sizeOf(shape.slice(1))], node.name));
  },

  Reshape: (node, writer) => {
    const target = node.intList('shape', 1) ?? [];
    const sample = reshapedSample(writer, node.value(), target, node.int('allowzero', 0) === 1);
    return computed(addReshape(writer, node.value(), sample, node.name));
  },

  Squeeze: (node, writer) => {
    const shape = writer.shape(node.value());
    const gone = squeezedAxes(node, shape);
    const kept = shape.slice(1).filter((_, i) => !gone.includes(i + 1));
    return computed(addReshape(writer, node.value(), kept, node.name));
  },

  Unsqueeze: (node, writer) => {
    const shape = writer.shape(node.value());
    const sample = [...shape.slice(1)];
    for (const axis of unsqueezedAxes(node, shape.length)) sample.splice(behindBatch(axis) - 1, 0, 1);
    return computed(addReshape(writer, node.value(), sample, node.name));
  },

  Transpose: (node, writer) => {
    const order = transposeOrder(node, writer.shape(node.value()).length);
    if (order[0] !== 0) throw new Unsupported('of the batch');
    return computed(addTranspose(writer, node.value(), order, node.name));
  },

  Concat: (node, writer) => {
    const parts = node.operands.map((_, i) => node.value(i));
    const axis = behindBatch(concatAxis(node, writer.shape(node.value()).length));
    return computed(addConcat(writer, parts, axis, node.name));
  },

  Split: (node, writer) => {
    const x = node.value();
    const { axis, sizes } = splitSizes(node, writer.shape(x));
    let start = 0;
    return sizes.map((part) => {
      start += part;
      return computed(addSlice(writer, x, behindBatch(axis), [start - part, start, 1], node.name));
    });
  },

  Slice: (node, writer) => computed(sliced(node, writer)),

  Gather: (node, writer) => {
    const x = node.value();
    const shape = writer.shape(x);
    const axis = behindBatch(gatherAxis(node, shape.length));
    const chosen = node.integers(1);
    if (chosen.dims.length > 1) throw new Unsupported('with a table of indices');
    const size = shape[axis] as number;
    const several = chosen.size > 0 && chosen.size <= Math.min(size, MOST_PIECES);
    if (!several) throw new Unsupported(`of ${chosen.size} elements of ${size}`);
    const indices = Array.from(chosen.data, (index) => (index < 0 ? index + size : index));
    if (!indices.every((i) => i >= 0 && i < size)) throw new Unsupported('beyond its input');
    const selected = addSelect(writer, x, axis, indices, node.name);
    if (chosen.dims.length === 1) return computed(selected);
    const sample = shape.slice(1).filter((_, i) => i + 1 !== axis);
    return computed(addReshape(writer, selected, sample, `${node.name}.selected`));
  },

  Pad: (node, writer) => {
    if (node.string('mode', 'constant') !== 'constant')
      throw new Unsupported(`of mode ${node.string('mode', '')}`);
    return computed(padded(node, writer, node.number('value', 2, 0)));
  },
};

function sliced(node: OnnxNode, writer: NetworkWriter): string {
  return sliceParts(node, writer.shape(node.value())).reduce((x, { axis, first, count, step }) => {
    behindBatch(axis);
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
  }, node.value());
}

/** The value where the pads are positive; negative pads cut off. Zeros around x - value, and the value added again. */
function padded(node: OnnxNode, writer: NetworkWriter, value: number): string {
  const shifted = (x: string, by: number, name: string) =>
    value === 0 ? x : addConstantOperand(writer, 'Add', x, { dims: [], data: [by] }, name);
  const x = shifted(node.value(), -value, `${node.name}.centred`);
  const shape = writer.shape(x);
  const rank = shape.length;
  const given = node.intList('pads', 1) ?? [];
  const axes = node.intList('axes', 3) ?? shape.map((_, axis) => axis);
  const pads = [...shape, ...shape].map(() => 0);
  for (const [i, axis] of axes.entries()) {
    const [begin = Number.NaN, end = Number.NaN] = [given[i], given[i + axes.length]];
    if (begin === 0 && end === 0) continue;
    const at = sampleAxis(axis, rank);
    pads[at] = begin;
    pads[at + rank] = end;
  }
  const cut = shape.reduce<string>((value, size, axis) => {
    const start = Math.max(0, -(pads[axis] as number));
    const end = size - Math.max(0, -(pads[axis + rank] as number));
    return axis === 0 ? value : addSlice(writer, value, axis, [start, end, 1], `${node.name}.cut`);
  }, x);
  const positive = pads.map((pad) => Math.max(0, pad));
  return shifted(addPad(writer, cut, positive, node.name), value, `${node.name}.value`);
}

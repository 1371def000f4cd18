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
import { sliceRange } from '../fold.js';
import { type OnnxNode, sampleAxis } from '../node.js';
import { computed, type OperatorTable } from './table.js';

/** Elements that are picked one by one; each may become a Slice of its own. */
const MOST_PIECES = 4096;

/** Operators that move numbers. The batch stays the first axis, whatever its size was when the network was exported. */
export const LAYOUT: OperatorTable = {
  Shape: (node, writer) => {
    const shape = writer.shape(node.value()).map((dim) => (dim === BATCH ? Number.NaN : dim));
    const selected = shape.slice(node.int('start', 0), node.has('end') ? node.int('end', 0) : undefined);
    return ints([selected.length], selected);
  },

  Flatten: (node, writer) => {
    const shape = writer.shape(node.value());
    const axis = sampleAxis(node.int('axis', 1), shape.length + 1);
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
    const axes = node.intList('axes', 1)?.map((axis) => sampleAxis(axis, shape.length));
    if (axes?.some((axis) => shape[axis] !== 1))
      throw new Unsupported(`of axes ${axes} of [batch, ${shape.slice(1)}]`);
    const kept = shape.slice(1).filter((dim, i) => dim !== 1 || axes?.includes(i + 1) === false);
    return computed(addReshape(writer, node.value(), kept, node.name));
  },

  Unsqueeze: (node, writer) => {
    const shape = writer.shape(node.value());
    const axes = node.intList('axes', 1) ?? [];
    const rank = shape.length + axes.length;
    const sample = [...shape.slice(1)];
    for (const axis of axes.map((axis) => sampleAxis(axis, rank)).sort((a, b) => a - b))
      sample.splice(axis - 1, 0, 1);
    return computed(addReshape(writer, node.value(), sample, node.name));
  },

  Transpose: (node, writer) => {
    const rank = writer.shape(node.value()).length;
    const order = node.ints('perm') ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
    if (order[0] !== 0) throw new Unsupported('of the batch');
    return computed(addTranspose(writer, node.value(), order, node.name));
  },

  Concat: (node, writer) => {
    const parts = node.operands.map((_, i) => node.value(i));
    const axis = sampleAxis(node.int('axis', 1), writer.shape(node.value()).length);
    return computed(addConcat(writer, parts, axis, node.name));
  },

  Split: (node, writer) => {
    const x = node.value();
    const shape = writer.shape(x);
    const axis = sampleAxis(node.int('axis', 0), shape.length);
    const size = shape[axis] as number;
    const parts = node.outputs.length;
    const each = Math.ceil(size / parts);
    const sizes = node.intList('split', 1) ?? node.outputs.map((_, i) => Math.min(each, size - i * each));
    if (
      sizes.length !== parts ||
      sizes.reduce((a, b) => a + b, 0) !== size ||
      sizes.some((part) => part < 1)
    ) {
      throw new Unsupported(`of ${size} into [${sizes}]`);
    }
    let start = 0;
    return sizes.map((part) => {
      start += part;
      return computed(addSlice(writer, x, axis, [start - part, start, 1], node.name));
    });
  },

  Slice: (node, writer) => computed(sliced(node, writer)),

  Gather: (node, writer) => {
    const x = node.value();
    const shape = writer.shape(x);
    const axis = sampleAxis(node.int('axis', 0), shape.length);
    const chosen = node.constant(1);
    if (!chosen || chosen.dims.length > 1) throw new Unsupported('with a table of indices');
    const size = shape[axis] as number;
    const indices = Array.from(chosen.data, (index) => (index < 0 ? index + size : index));
    const inside =
      indices.length > 0 &&
      indices.length <= Math.min(size, MOST_PIECES) &&
      indices.every((i) => i >= 0 && i < size);
    if (!inside) throw new Unsupported(`of ${indices.length} elements of ${size}`);
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
  const starts = node.intList('starts', 1) ?? [];
  const ends = node.intList('ends', 2) ?? [];
  const axes = node.intList('axes', 3) ?? starts.map((_, i) => i);
  const steps = node.intList('steps', 4) ?? starts.map(() => 1);
  return axes.reduce((x, given, i) => {
    const shape = writer.shape(x);
    const axis = sampleAxis(given, shape.length);
    const step = steps[i] ?? 1;
    const { first, count } = sliceRange(starts[i] ?? 0, ends[i] ?? 0, step, shape[axis] as number);
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
  const axes = node.constant(3)?.data ?? shape.map((_, axis) => axis);
  const pads = [...shape, ...shape].map(() => 0);
  for (const [i, axis] of Array.from(axes).entries()) {
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

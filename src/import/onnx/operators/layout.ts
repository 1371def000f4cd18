import { BATCH } from '../../../graph/graph.js';
import { sizeOf } from '../../../graph/tensor.js';
import { timesBatch } from '../../batch-size.js';
import { addReshape, addTranspose, keptShape } from '../../canonical/layout.js';
import { ints } from '../../constant.js';
import { Unsupported } from '../../unsupported.js';
import { flattenAxis, selectedDims, squeezedAxes, transposeOrder, unsqueezedAxes } from '../arguments.js';
import { reshapedView, seen, viewOf } from '../view.js';
import { computed, type OperatorTable } from './table.js';

/** Operators that change the axes of a value. The batch stays the first axis of the network, wherever the file has it. */
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
};

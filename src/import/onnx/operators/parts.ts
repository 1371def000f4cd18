import { BATCH } from '../../../graph/graph.js';
import { addReshape, addSelect, addSlice } from '../../canonical/layout.js';
import type { NetworkWriter } from '../../canonical/writer.js';
import { Unsupported } from '../../unsupported.js';
import { gatherAxis, sliceParts, splitSizes } from '../arguments.js';
import type { OnnxNode } from '../node.js';
import { seen, type View, viewOf } from '../view.js';
import type { OperatorTable } from './table.js';

/** The least end that exporters write where a slice has none. */
const TO_THE_END = 2 ** 31 - 1;

/** Elements that are picked one by one; each may become a Slice of its own. */
const MOST_PIECES = 4096;

/** Operators that take parts of a value. */
export const PARTS: OperatorTable = {
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
};

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

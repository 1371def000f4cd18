import { BATCH, showShape } from '../../../graph/graph.js';
import { batchesIn } from '../../batch-size.js';
import { addRepeats } from '../../canonical/layout.js';
import type { NetworkWriter } from '../../canonical/writer.js';
import type { Operand } from '../../constant.js';
import { Unsupported } from '../../unsupported.js';
import type { OnnxNode } from '../node.js';
import { seen, type View, viewOf } from '../view.js';
import type { OperatorTable } from './table.js';

/** Operators that repeat a value along its axes. */
export const REPEATS: OperatorTable = {
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

import { addConstantOperand } from '../../canonical/arithmetic.js';
import { addPad, addSlice } from '../../canonical/layout.js';
import type { NetworkWriter } from '../../canonical/writer.js';
import type { Operand } from '../../constant.js';
import { Unsupported } from '../../unsupported.js';
import { axisOf } from '../arguments.js';
import type { OnnxNode } from '../node.js';
import { seen, viewOf } from '../view.js';
import type { OperatorTable } from './table.js';

/** Numbers around a value, or what is cut off around it. */
export const PAD: OperatorTable = {
  Pad: (node, writer) => {
    if (node.string('mode', 'constant') !== 'constant')
      throw new Unsupported(`of mode ${node.string('mode', '')}`);
    return padded(node, writer, node.number('value', 2, 0));
  },
};

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

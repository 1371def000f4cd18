import { copyJoined, joinedDims } from '../../../graph/strided.js';
import { type FloatTensor, floatTensor, sizeOf } from '../../../graph/tensor.js';
import { addConstantOperand } from '../../canonical/arithmetic.js';
import { addConcat, addPad } from '../../canonical/layout.js';
import type { NetworkWriter } from '../../canonical/writer.js';
import type { Constant, Operand } from '../../constant.js';
import { Unsupported } from '../../unsupported.js';
import { concatAxis } from '../arguments.js';
import type { OnnxNode } from '../node.js';
import { alike, seen, type View, viewOf } from '../view.js';
import type { OperatorTable } from './table.js';

/** Values, and constants among them, joined along an axis. */
export const CONCAT: OperatorTable = {
  Concat: (node, writer) => concatenated(node, writer),
};

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

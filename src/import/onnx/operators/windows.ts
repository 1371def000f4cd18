import { addNegative } from '../../canonical/arithmetic.js';
import { addReduction, type Reduction } from '../../canonical/reduction.js';
import {
  addAveragePool,
  addGlobalPool,
  addMaxPool,
  type PoolWindow,
  samePads,
  type Window,
} from '../../canonical/windows.js';
import type { NetworkWriter } from '../../canonical/writer.js';
import type { Operand } from '../../constant.js';
import { Unsupported } from '../../unsupported.js';
import { axisOf } from '../arguments.js';
import type { OnnxNode } from '../node.js';
import { View, viewOf } from '../view.js';
import { computed, type OperatorTable } from './table.js';

/** Pools and averages over space. */
export const POOLS: OperatorTable = {
  MaxPool: (node, writer) => {
    if (node.outputs[1]) throw new Unsupported('with indices as second output');
    return computed(addMaxPool(writer, node.value(), poolOf(node, writer), node.name));
  },
  AveragePool: (node, writer) => {
    const window = poolOf(node, writer);
    if (window.dilations.some((dilation) => dilation !== 1)) throw new Unsupported('with dilations');
    return computed(addAveragePool(writer, node.value(), window, node.name));
  },
  GlobalAveragePool: (node, writer) => computed(global(node, writer, 'AveragePool')),
  GlobalMaxPool: (node, writer) => computed(global(node, writer, 'MaxPool')),
  ReduceMean: (node, writer) => reduce(node, writer, 'Mean'),
  ReduceMax: (node, writer) => reduce(node, writer, 'Max'),
  ReduceSum: (node, writer) => reduce(node, writer, 'Sum'),
  ReduceMin: (node, writer) => {
    const view = viewOf(node, writer);
    const negative = view.with(addNegative(writer, view.value, `${node.name}.negative`));
    const most = reduced(node, writer, negative, 'Max');
    return most.with(addNegative(writer, most.value, node.name)).operand;
  },
  ReduceL1: (node, writer) => {
    const view = viewOf(node, writer);
    const sizes = view.with(writer.add('Abs', [view.value], {}, `${node.name}.sizes`));
    return reduced(node, writer, sizes, 'Sum').operand;
  },
  ReduceSumSquare: (node, writer) => sumOfSquares(node, writer).operand,
  ReduceL2: (node, writer) => {
    const sum = sumOfSquares(node, writer);
    return sum.with(writer.add('Sqrt', [sum.value], {}, node.name)).operand;
  },
};

/** The spatial sizes of a value; throws unless there are one or two. */
export function checkRank(writer: NetworkWriter, x: string): readonly number[] {
  const spatial = writer.shape(x).slice(2);
  if (spatial.length !== 1 && spatial.length !== 2)
    throw new Unsupported(`over ${spatial.length} spatial axes`);
  return spatial;
}

/** The window of a Conv or pool, with its automatic padding settled for this input. */
export function windowOf(
  node: OnnxNode,
  spatial: readonly number[],
  kernelOfWeights?: readonly number[],
): Window {
  const kernel = node.ints('kernel_shape') ?? kernelOfWeights ?? [];
  const strides = node.ints('strides') ?? spatial.map(() => 1);
  const dilations = node.ints('dilations') ?? spatial.map(() => 1);
  const explicit = node.ints('pads') ?? [...spatial, ...spatial].map(() => 0);
  const sound =
    [kernel, strides, dilations].every(
      (list) => list.length === spatial.length && list.every((n) => n >= 1),
    ) &&
    explicit.length === 2 * spatial.length &&
    explicit.every((pad) => pad >= 0);
  if (!sound) {
    throw new Unsupported(
      `with kernel [${kernel}], strides [${strides}], dilations [${dilations}], pads [${explicit}]`,
    );
  }
  const window = { kernel, strides, dilations };
  switch (node.string('auto_pad', 'NOTSET')) {
    case 'SAME_UPPER':
      return { ...window, pads: samePads(spatial, window) };
    case 'SAME_LOWER':
      return { ...window, pads: samePads(spatial, window, 'lower') };
    case 'VALID':
      return { ...window, pads: explicit.map(() => 0) };
    default:
      return { ...window, pads: explicit };
  }
}

function poolOf(node: OnnxNode, writer: NetworkWriter): PoolWindow {
  return {
    ...windowOf(node, checkRank(writer, node.value())),
    ceil: node.int('ceil_mode', 0) === 1,
    clip: true,
    countPads: node.int('count_include_pad', 0) === 1,
  };
}

function global(node: OnnxNode, writer: NetworkWriter, op: 'AveragePool' | 'MaxPool'): string {
  checkRank(writer, node.value());
  return addGlobalPool(writer, op, node.value(), node.name);
}

function reduce(node: OnnxNode, writer: NetworkWriter, kind: Reduction): Operand {
  return reduced(node, writer, viewOf(node, writer), kind).operand;
}

/** What a node's axes are reduced to, of its input or of what was made of that. */
function reduced(node: OnnxNode, writer: NetworkWriter, view: View, kind: Reduction): View {
  const given = (node.intList('axes', 1) ?? []).map((axis) => axisOf(axis, view.dims.length));
  const axes = given.map((axis) => view.axis(axis));
  const left = node.int('keepdims', 1) === 1 ? 1 : 0;
  const kept = view.shape.slice(1).map((size, i) => (axes.includes(i + 1) ? left : size));
  const sample = kept.filter((size) => size !== 0);
  const gone = left === 1 ? [] : given.filter((axis) => axis < view.batch.axis);
  const value = addReduction(writer, kind, view.value, axes, sample, node.name);
  return View.of(writer, { value, batch: view.without(gone.length) });
}

function sumOfSquares(node: OnnxNode, writer: NetworkWriter): View {
  const view = viewOf(node, writer);
  const squares = writer.add('Pow', [view.value, writer.scalar(2)], {}, `${node.name}.squares`);
  return reduced(node, writer, view.with(squares), 'Sum');
}

import { windowSpan } from '../../../graph/geometry.js';
import { sizeOf } from '../../../graph/tensor.js';
import { addConstantOperand } from '../../canonical/arithmetic.js';
import { addReshape, addTranspose } from '../../canonical/layout.js';
import {
  addAveragePool,
  addGlobalPool,
  addMaxPool,
  type PoolWindow,
  type Window,
} from '../../canonical/windows.js';
import type { NetworkWriter } from '../../canonical/writer.js';
import type { ComputedValue } from '../../constant.js';
import { Unsupported } from '../../unsupported.js';
import { axisOf } from '../arguments.js';
import type { OnnxNode } from '../node.js';
import { seen, viewOf } from '../view.js';
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
  ReduceMean: (node, writer) => reduce(node, writer, 'AveragePool'),
  ReduceMax: (node, writer) => reduce(node, writer, 'MaxPool'),
  ReduceSum: (node, writer) => {
    const view = viewOf(node, writer);
    const { value: mean, batch } = reduce(node, writer, 'AveragePool');
    const count = sizeOf(view.shape.slice(1)) / sizeOf(writer.sample(mean));
    const sum = addConstantOperand(writer, 'Mul', mean, { dims: [], data: [count] }, `${node.name}.sum`);
    return seen(sum, batch ?? view.batch);
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
      return { ...window, pads: samePads(spatial, window, false) };
    case 'SAME_LOWER':
      return { ...window, pads: samePads(spatial, window, true) };
    case 'VALID':
      return { ...window, pads: explicit.map(() => 0) };
    default:
      return { ...window, pads: explicit };
  }
}

/** Pads for ceil(size / stride) outputs; an odd one goes to the end, or with `lower` to the beginning. */
function samePads(spatial: readonly number[], window: Omit<Window, 'pads'>, lower: boolean): number[] {
  const pads = spatial.map((size, axis) => {
    const [kernel, stride, dilation] = [window.kernel, window.strides, window.dilations].map(
      (list) => list[axis] as number,
    ) as [number, number, number];
    const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + windowSpan(kernel, dilation) - size);
    const half = Math.floor(total / 2);
    return lower ? [total - half, half] : [half, total - half];
  });
  return [...pads.map(([begin]) => begin as number), ...pads.map(([, end]) => end as number)];
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

/** A mean or maximum over axes is a pool with a kernel as large as they are; other than spatial ones are moved behind. */
function reduce(node: OnnxNode, writer: NetworkWriter, op: 'AveragePool' | 'MaxPool'): ComputedValue {
  const view = viewOf(node, writer);
  const { value: x, shape } = view;
  const given = (node.intList('axes', 1) ?? []).map((axis) => axisOf(axis, view.dims.length));
  const axes = given.map((axis) => view.axis(axis));
  if (axes.length === 0) throw new Unsupported('over the batch');
  const isSpatial = !axes.includes(1) && (shape.length === 3 || shape.length === 4);
  const pooled = isSpatial
    ? addGlobalPool(
        writer,
        op,
        x,
        node.name,
        axes.map((axis) => axis - 2),
      )
    : reducedLast(writer, op, x, axes, node.name);
  const sizes = node.int('keepdims', 1) === 1 ? shape.map((size, axis) => (axes.includes(axis) ? 1 : size)) : shape.filter((_, axis) => !axes.includes(axis)); // biome-ignore format: one line
  const gone = node.int('keepdims', 1) === 1 ? [] : given.filter((axis) => axis < view.batch.axis);
  return seen(addReshape(writer, pooled, sizes.slice(1), `${node.name}.reduced`), view.without(gone.length));
}

/** [numbers that are kept, 1] */
function reducedLast(
  writer: NetworkWriter,
  op: 'AveragePool' | 'MaxPool',
  x: string,
  axes: readonly number[],
  name: string,
): string {
  const blocks: { size: number; goes: boolean }[] = [];
  for (const [i, size] of writer.sample(x).entries()) {
    const goes = axes.includes(i + 1);
    const last = blocks.at(-1);
    if (last?.goes === goes) last.size *= size;
    else blocks.push({ size, goes });
  }
  const order = [false, true].flatMap((goes) =>
    blocks.flatMap((block, i) => (block.goes === goes ? [i + 1] : [])),
  );
  const count = (goes: boolean) =>
    sizeOf(blocks.filter((block) => block.goes === goes).map(({ size }) => size));
  const joined = addReshape(writer, x, blocks.map(({ size }) => size), `${name}.blocks`); // biome-ignore format: one line
  const turned = addTranspose(writer, joined, [0, ...order], `${name}.behind`);
  const rows = addReshape(writer, turned, [count(false), count(true)], `${name}.rows`);
  return addGlobalPool(writer, op, rows, name);
}

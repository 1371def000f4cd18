import { mismatch } from '../../errors.js';
import { windowCount, windowSpan } from '../../graph/geometry.js';
import { inputOf } from '../../graph/graph.js';
import { type FloatTensor, floatTensor, sizeOf, toInts } from '../../graph/tensor.js';
import { Unsupported } from '../unsupported.js';
import { addPad, addReshape } from './layout.js';
import type { NetworkWriter } from './writer.js';

/** How a window slides; lists have one entry a spatial axis, pads two (begin..., end...). */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly pads: readonly number[];
  readonly dilations: readonly number[];
}

export interface ConvWindow extends Window {
  readonly group: number;
}

export interface PoolWindow extends Window {
  /** Whether a last window that reaches beyond the padded input counts. */
  readonly ceil: boolean;
  /** Whether a last window that would start beyond input and left padding is dropped. */
  readonly clip: boolean;
  /** Whether an average divides by the padded positions too: those of `pads`, never what `ceil` adds to them. */
  readonly countPads: boolean;
}

export function addConv(
  writer: NetworkWriter,
  x: string,
  weight: FloatTensor,
  bias: FloatTensor | undefined,
  window: ConvWindow,
  name: string,
): string {
  const inputs = [x, writer.weights(weight, `${name}.weight`)];
  if (bias) inputs.push(writer.weights(bias, `${name}.bias`));
  const attributes = {
    kernel_shape: window.kernel,
    strides: window.strides,
    pads: window.pads,
    dilations: window.dilations,
    group: window.group,
  };
  return writer.add('Conv', inputs, attributes, name);
}

export function addMaxPool(writer: NetworkWriter, x: string, window: PoolWindow, name: string): string {
  const { pads } = settle(writer.shape(x).slice(2), window, name);
  const attributes = { ...poolAttributes({ ...window, pads }), dilations: window.dilations };
  return writer.add('MaxPool', [apartFromPad(writer, x, name)], attributes, name);
}

/**
 * onnxruntime 1.30 fuses a Pad with the pool behind it (Pad_Fusion), although the pool's own padding means something
 * else: a maximum leaves it out instead of taking zeros. Padding the same numbers under one more axis keeps them apart.
 */
function apartFromPad(writer: NetworkWriter, x: string, name: string): string {
  const node = writer.producer(x);
  if (node?.op !== 'Pad') return x;
  const pads = toInts(writer.constantOf(inputOf(node, 1)));
  const rank = pads.length / 2;
  const source = inputOf(node);
  const deeper = addReshape(writer, source, [1, ...writer.sample(source)], `${name}.deeper`);
  const padded = addPad(writer, deeper, [0, ...pads.slice(0, rank), 0, ...pads.slice(rank)], `${name}.pad`);
  return addReshape(writer, padded, writer.sample(x), `${name}.padded`);
}

/**
 * An average pool. Its true divisor is the number of counted positions under the window. The canonical pool divides by the
 * kernel, padding included; where that is not the same, factors that complete it mend it.
 */
export function addAveragePool(writer: NetworkWriter, x: string, window: PoolWindow, name: string): string {
  const before = spatialPadBefore(writer, x);
  const pads = before && sum(window.pads, before.pads);
  if (before && pads?.every((pad, i) => pad < (window.kernel[i % window.kernel.length] as number))) {
    const counted = window.countPads ? pads : before.pads;
    return averagePool(writer, before.source, { ...window, pads }, counted, name);
  }
  const counted = window.countPads ? window.pads : window.pads.map(() => 0);
  return averagePool(writer, apartFromPad(writer, x, name), window, counted, name);
}

/** An average or maximum over whole axes, which stay with size 1; axes count from the first spatial one. */
export function addGlobalPool(
  writer: NetworkWriter,
  op: 'AveragePool' | 'MaxPool',
  x: string,
  name: string,
  axes?: readonly number[],
): string {
  const spatial = writer.shape(x).slice(2);
  const window: PoolWindow = {
    kernel: spatial.map((size, axis) => (axes?.includes(axis) === false ? 1 : size)),
    strides: spatial.map(() => 1),
    pads: [...spatial, ...spatial].map(() => 0),
    dilations: spatial.map(() => 1),
    ceil: false,
    clip: false,
    countPads: false,
  };
  return op === 'MaxPool' ? addMaxPool(writer, x, window, name) : addAveragePool(writer, x, window, name);
}

/**
 * Pads for ceil(size / stride) outputs on every axis. The odd one of an axis goes to its end, or with `lower` to its
 * beginning.
 */
export function samePads(
  spatial: readonly number[],
  window: Omit<Window, 'pads'>,
  odd: 'upper' | 'lower' = 'upper',
): number[] {
  const pads = spatial.map((size, axis) => {
    const [kernel, stride, dilation] = [window.kernel, window.strides, window.dilations].map(
      (list) => list[axis] as number,
    ) as [number, number, number];
    const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + windowSpan(kernel, dilation) - size);
    const half = Math.floor(total / 2);
    return odd === 'lower' ? [total - half, half] : [half, total - half];
  });
  return [...pads.map(([begin]) => begin as number), ...pads.map(([, end]) => end as number)];
}

function averagePool(
  writer: NetworkWriter,
  x: string,
  window: PoolWindow,
  counted: readonly number[],
  name: string,
): string {
  const spatial = writer.shape(x).slice(2);
  const { pads, output } = settle(spatial, window, name);
  const attributes = { ...poolAttributes({ ...window, pads }), count_include_pad: 1 };
  const pool = writer.add('AveragePool', [x], attributes, name);
  /** The kernel's size over the number of positions under the o-th window of an axis that count. */
  const factor = (axis: number, o: number) => {
    const at = (list: readonly number[], i = axis) => list[i] as number;
    const [first, end] = [-at(counted), at(spatial) + at(counted, axis + spatial.length)];
    const start = o * at(window.strides) - at(pads);
    return at(window.kernel) / (Math.min(start + at(window.kernel), end) - Math.max(start, first));
  };
  const borders = output.map((count, axis) => borderWindows({ ...window, pads }, axis, spatial, count));
  for (const [before, behind] of borders) writer.generated.add(before.end + behind.end - behind.start, name);
  const dividesByKernel = borders.every((ranges, axis) =>
    ranges.every(({ start, end }) => {
      for (let o = start; o < end; o++) if (factor(axis, o) !== 1) return false;
      return true;
    }),
  );
  if (dividesByKernel) return pool;
  writer.generated.add(sizeOf(output), name);
  const parts = output.map((count, axis) => {
    const part = new Float64Array(count).fill(1);
    for (const { start, end } of borders[axis] ?? [])
      for (let o = start; o < end; o++) part[o] = factor(axis, o);
    return part;
  });
  const factors = floatTensor([1, 1, ...output], outerProduct(parts));
  return writer.add('Mul', [pool, writer.weights(factors, `${name}.divisor`)], {}, `${name}.mean`, pool);
}

/** The first and the last windows of an axis, which may reach beyond the input; all others lie in it. */
function borderWindows(
  { kernel, strides, pads }: Window,
  axis: number,
  spatial: readonly number[],
  count: number,
): readonly [before: { start: 0; end: number }, behind: { start: number; end: number }] {
  const [stride, pad] = [strides[axis] as number, pads[axis] as number];
  const first = Math.min(count, Math.ceil(pad / stride));
  const inside = Math.floor(((spatial[axis] as number) + pad - (kernel[axis] as number)) / stride) + 1;
  return [
    { start: 0, end: first },
    { start: Math.min(count, Math.max(first, inside)), end: count },
  ];
}

function poolAttributes({ kernel, strides, pads }: Window) {
  return { kernel_shape: kernel, strides, pads, ceil_mode: 0 };
}

/** Turns the ceil mode of a pool into larger end pads: the windows are then those of ceil mode 0. */
function settle(spatial: readonly number[], window: PoolWindow, name: string) {
  const axes = spatial.length;
  const pads = [...window.pads];
  const output = spatial.map((size, axis) => {
    const [kernel, stride, dilation] = [window.kernel, window.strides, window.dilations].map(
      (list) => list[axis] as number,
    ) as [number, number, number];
    const begin = pads[axis] as number;
    const end = pads[axes + axis] as number;
    const span = windowSpan(kernel, dilation);
    const whole = windowCount(size + begin + end, kernel, stride, dilation);
    let count = window.ceil ? Math.ceil((size + begin + end - span) / stride) + 1 : whole;
    if (window.ceil && window.clip && (count - 1) * stride >= size + begin) count--;
    const last = (count - 1) * stride - begin;
    if (!(count >= 1 && last < size && begin < span)) {
      throw mismatch({
        what: 'pooling window',
        where: name,
        expected: 'every window to hold an input',
        got: `kernel ${kernel}, stride ${stride}, pads ${begin} and ${end} over ${size}`,
      });
    }
    if (count !== whole) pads[axes + axis] = Math.max(0, last + span - size);
    const largest = Math.max(begin, pads[axes + axis] as number);
    if (largest >= kernel) throw new Unsupported(`with padding ${largest} for a kernel of ${kernel}`);
    return count;
  });
  return { pads, output };
}

/** The Pad that computes `x`, when it pads spatial axes only. */
function spatialPadBefore(writer: NetworkWriter, x: string): { source: string; pads: number[] } | undefined {
  const node = writer.producer(x);
  if (node?.op !== 'Pad') return undefined;
  const pads = toInts(writer.constantOf(inputOf(node, 1)));
  const rank = pads.length / 2;
  const [begin, end] = [pads.slice(0, rank), pads.slice(rank)];
  if (begin[1] !== 0 || end[1] !== 0) return undefined;
  return { source: inputOf(node), pads: [...begin.slice(2), ...end.slice(2)] };
}

function outerProduct(lists: readonly Float64Array[]): Float32Array {
  const result = new Float32Array(sizeOf(lists.map(({ length }) => length))).fill(1);
  let inner = result.length;
  for (const list of lists) {
    inner /= list.length;
    for (let i = 0; i < result.length; i++) {
      result[i] = (result[i] as number) * (list[Math.floor(i / inner) % list.length] as number);
    }
  }
  return result;
}

function sum(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, i) => value + (b[i] as number));
}

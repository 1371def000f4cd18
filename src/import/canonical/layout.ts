import { inputOf } from '../../graph/graph.js';
import { sizeOf } from '../../graph/tensor.js';
import { Unsupported } from '../unsupported.js';
import type { NetworkWriter } from './writer.js';

/** A Reshape to `sample` (dimensions without the batch); none when the value has that shape already. */
export function addReshape(
  writer: NetworkWriter,
  x: string,
  sample: readonly number[],
  name: string,
): string {
  const before = writer.producer(x);
  const source = before?.op === 'Reshape' ? inputOf(before) : x;
  if (`${writer.sample(source)}` === `${sample}`) return source;
  return writer.add('Reshape', [source, writer.ints([0, ...sample])], {}, name);
}

/** A Transpose by `order`, whose first entry is 0; none when nothing moves. */
export function addTranspose(
  writer: NetworkWriter,
  x: string,
  order: readonly number[],
  name: string,
): string {
  if (order.every((axis, i) => axis === i)) return x;
  return writer.add('Transpose', [x], { perm: order }, name);
}

/** The elements start, start + step, ... below end of an axis; none when that is all of them. */
export function addSlice(
  writer: NetworkWriter,
  x: string,
  axis: number,
  [start, end, step]: readonly [start: number, end: number, step: number],
  name: string,
): string {
  if (start === 0 && end === writer.shape(x)[axis] && step === 1) return x;
  const bounds = [[start], [end], [axis], [step]].map((list) => writer.ints(list));
  return writer.add('Slice', [x, ...bounds], {}, name);
}

/** The elements of an axis at `indices`, in that order. */
export function addSelect(
  writer: NetworkWriter,
  x: string,
  axis: number,
  indices: readonly number[],
  name: string,
): string {
  const runs: [number, number][] = [];
  for (const index of indices) {
    const last = runs.at(-1);
    if (last?.[1] === index) last[1]++;
    else runs.push([index, index + 1]);
  }
  const parts = runs.map(([start, end]) => addSlice(writer, x, axis, [start, end, 1], name));
  return addConcat(writer, parts, axis, name);
}

/** Concatenation; none for one value alone. */
export function addConcat(
  writer: NetworkWriter,
  parts: readonly string[],
  axis: number,
  name: string,
): string {
  return parts.length === 1 ? (parts[0] as string) : writer.add('Concat', parts, { axis }, name);
}

/** Zeros around the axes; `pads` as ONNX has them (begin of every axis, then end). None when all are 0. */
export function addPad(writer: NetworkWriter, x: string, pads: readonly number[], name: string): string {
  if (pads.every((pad) => pad === 0)) return x;
  return writer.add('Pad', [x, writer.ints(pads)], { mode: 'constant' }, name);
}

/**
 * The sample dimensions that a Reshape of `x` to `target` gives. The batch is written as 0 (same as before), -1 (the
 * rest), NaN (known at run time only) or the size it had at export; a list of one -1 flattens a batch of one.
 * @throws Unsupported when the batch would not stay the first axis.
 */
export function reshapedSample(
  writer: NetworkWriter,
  x: string,
  target: readonly number[],
  allowZero = false,
): number[] {
  const sample = keptSample(writer, x, target, allowZero);
  if (sample) return sample;
  throw new Unsupported(`of [batch, ${writer.sample(x)}] to [${target.map((dim) => dim || 'batch')}]`);
}

/** The same, or undefined when the batch would not stay the first axis. */
export function keptSample(
  writer: NetworkWriter,
  x: string,
  target: readonly number[],
  allowZero: boolean,
): number[] | undefined {
  const shape = writer.shape(x);
  const size = sizeOf(shape.slice(1));
  const asked = target.length === 1 && target[0] === -1 ? [1, -1] : target;
  const [batch, ...sample] = asked.map((dim, i) => (dim === 0 && !allowZero ? (shape[i] ?? 0) : dim));
  const open = sample.filter((dim) => dim === -1).length;
  const known = sizeOf(sample.filter((dim) => dim !== -1));
  const keepsBatch = Number.isNaN(batch) || asked[0] === 0 || batch === writer.exportedBatch;
  const whole = open === 0 ? known === size : open === 1 && keepsBatch && size % known === 0;
  if (!whole) return undefined;
  return sample.map((dim) => (dim === -1 ? size / known : dim));
}

import { BATCH, inputOf, type Shape, showShape } from '../../graph/graph.js';
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

/** Copies of a value, one behind the other along an axis. @throws Unsupported for so many that each would be an operator's input */
export function addRepeats(
  writer: NetworkWriter,
  x: string,
  axis: number,
  count: number,
  name: string,
): string {
  if (count > MOST_REPEATS) throw new Unsupported(`of ${count} copies`);
  return addConcat(writer, Array.from({ length: count }, () => x), axis, name); // biome-ignore format: one line
}

const MOST_REPEATS = 256;

/** Zeros around the axes; `pads` as ONNX has them (begin of every axis, then end). None when all are 0. */
export function addPad(writer: NetworkWriter, x: string, pads: readonly number[], name: string): string {
  if (pads.every((pad) => pad === 0)) return x;
  return writer.add('Pad', [x, writer.ints(pads)], { mode: 'constant' }, name);
}

/**
 * The shape that a Reshape of a value to `target` gives, BATCH in both where the batch is. In the target that is 0 (same as
 * before), -1 (the rest), NaN (known at run time only) or the size it had at export; a list of one -1 flattens a batch of
 * one. What stands before the batch stays before it, and what stands behind behind.
 * @throws Unsupported when that cannot be
 */
export function reshapedShape(
  from: Shape,
  target: readonly number[],
  exportedBatch: number,
  allowZero = false,
): number[] {
  const shape = keptShape(from, target, exportedBatch, allowZero);
  if (shape) return shape;
  const asWritten = target.map((dim) => dim || 'batch').join(', ');
  throw new Unsupported(`of ${showShape(from)} to [${asWritten}]`);
}

/** The same, or undefined when that cannot be. */
export function keptShape(
  from: Shape,
  target: readonly number[],
  exportedBatch: number,
  allowZero: boolean,
): number[] | undefined {
  const before = from.indexOf(BATCH);
  const asked = target.length === 1 && target[0] === -1 ? [1, -1] : target;
  const dims = asked.map((dim, i) => (dim === 0 && !allowZero ? (from[i] ?? 0) : dim));
  const copied = dims.findIndex((dim, i) => Number.isNaN(dim) || (dim === BATCH && asked[i] === 0));
  const places = copied >= 0 ? [copied] : [0, ...dims.keys()];
  for (const place of places) {
    const dim = dims[place] as number;
    const isRest = dim === -1 && place !== copied;
    if (place !== copied && place > 0 && !isRest && dim !== exportedBatch) continue;
    const solved = (part: readonly number[], size: number) => {
      const known = sizeOf(part.filter((one) => one !== -1));
      const open = part.filter((one) => one === -1).length;
      const fits = open === 0 ? known === size : open === 1 && !isRest && size % known === 0;
      return fits ? part.map((one) => (one === -1 ? size / known : one)) : undefined;
    };
    const head = solved(dims.slice(0, place), sizeOf(from.slice(0, before)));
    const tail = solved(dims.slice(place + 1), sizeOf(from.slice(before + 1)));
    const told = place === copied || isRest || dim === exportedBatch;
    if (head && tail && (told || (dim > 0 && !dims.includes(-1)))) return [...head, BATCH, ...tail];
  }
  return undefined;
}

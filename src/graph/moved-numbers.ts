import {
  constantInput,
  type Graph,
  inputOf,
  intOf,
  intsOf,
  type Node,
  outputOf,
  type Shape,
} from './graph.js';
import { copyStrided, stridesOf } from './strided.js';
import { sizeOf, type Tensor, toInts } from './tensor.js';

/**
 * What a move does with numbers over the elements of one sample of the values that it reads.
 * @param numbers of each computed input, in order
 * @param fresh the number of elements that a Pad adds
 */
export function movedNumbers(
  graph: Graph,
  shapes: ReadonlyMap<string, Shape>,
  node: Node,
  numbers: readonly Float64Array[],
  fresh: number,
): Float64Array {
  const sample = (value: string) => (shapes.get(value) ?? []).slice(1);
  const [from, to] = [sample(inputOf(node)), sample(outputOf(node))];
  const first = numbers[0] as Float64Array;
  const result = new Float64Array(sizeOf(to));
  const strides = stridesOf(from);
  switch (node.op) {
    case 'Transpose': {
      const order = intsOf(node, 'perm').slice(1);
      copyStrided(first, result, to, order.map((axis) => strides[axis - 1] as number)); // biome-ignore format: one line
      return result;
    }
    case 'Slice': {
      const [starts, , axes, steps] = [1, 2, 3, 4].map((i) => ints(graph, node, i)) as [number[], number[], number[], number[]]; // biome-ignore format: one line
      let offset = 0;
      for (const [i, axis] of axes.entries()) {
        offset += (starts[i] as number) * (strides[axis - 1] as number);
        strides[axis - 1] = (strides[axis - 1] as number) * (steps[i] as number);
      }
      copyStrided(first, result, to, strides, offset);
      return result;
    }
    case 'Pad': {
      const begins = ints(graph, node, 1).slice(1, 1 + from.length);
      return result.map((_, i) => first[before(i, begins, from, to)] ?? fresh);
    }
    case 'Concat': {
      const axis = intOf(node, 'axis', 1) - 1;
      const blocks = node.inputs.map((input) => sizeOf(sample(input).slice(axis)));
      const width = blocks.reduce((sum, block) => sum + block, 0);
      let start = 0;
      for (const [part, own] of numbers.entries()) {
        const block = blocks[part] as number;
        for (let k = 0; k * block < own.length; k++) result.set(own.subarray(k * block, (k + 1) * block), k * width + start); // biome-ignore format: one line
        start += block;
      }
      return result;
    }
    default:
      return first;
  }
}

/** Where element `i` of a padded value comes from; beyond all where it was added. Negative pads cut off. */
function before(
  i: number,
  begins: readonly number[],
  from: readonly number[],
  to: readonly number[],
): number {
  let [rest, at, stride] = [i, 0, 1];
  for (let axis = to.length - 1; axis >= 0; axis--) {
    const [size, own] = [to[axis] as number, from[axis] as number];
    const place = (rest % size) - (begins[axis] as number);
    if (place < 0 || place >= own) return Number.POSITIVE_INFINITY;
    at += place * stride;
    stride *= own;
    rest = Math.floor(rest / size);
  }
  return at;
}

function ints(graph: Graph, node: Node, index: number): number[] {
  return toInts(constantInput(graph, node, index) as Tensor);
}

import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../src/graph/builder.js';
import { windowGeometry } from '../../src/graph/geometry.js';
import { BATCH, type Graph, type Node } from '../../src/graph/graph.js';
import { inferShapes } from '../../src/graph/shapes.js';
import { floatTensor } from '../../src/graph/tensor.js';

/** A graph of one input, written by `write`, which returns the output. */
function graphOf(input: number[], write: (builder: GraphBuilder, x: string) => string): Graph {
  const builder = new GraphBuilder('net');
  const x = builder.input({ name: 'input', type: 'float32', shape: [BATCH, ...input] });
  return builder.build([write(builder, x)]);
}

function outputShape(input: number[], write: (builder: GraphBuilder, x: string) => string) {
  const graph = graphOf(input, write);
  return inferShapes(graph).get(graph.outputs[0] as string);
}

const zeros = (...dims: number[]) => floatTensor(dims, new Float32Array(dims.reduce((a, b) => a * b, 1)));

const window = { kernel_shape: [3, 3], strides: [2, 1], pads: [1, 0, 1, 2], dilations: [1, 2] };

describe('window geometry', () => {
  const node: Node = { op: 'Conv', name: 'c', inputs: ['x'], outputs: ['y'], attributes: window };

  it('splits the pads and counts the positions of strided and dilated windows', () => {
    expect(windowGeometry(node, [8, 9])).toEqual({
      kernel: [3, 3],
      strides: [2, 1],
      padsBegin: [1, 0],
      padsEnd: [1, 2],
      dilations: [1, 2],
      input: [8, 9],
      output: [4, 7],
    });
  });

  it('refuses windows of another rank and windows larger than what they slide over', () => {
    expect(() => windowGeometry(node, [8])).toThrow(/one entry for each of 1 spatial axes/);
    expect(() => windowGeometry(node, [8, 2])).toThrow(/no larger than its padded input.*\[8,2\]/);
  });
});

describe('shape inference', () => {
  it('follows convolutions with groups and pools', () => {
    const shape = outputShape([4, 8, 9], (b, x) => {
      const w = b.constant(zeros(6, 2, 3, 3), 'w');
      const y = b.add('Conv', [x, w, b.constant(zeros(6), 'b')], { ...window, group: 2 });
      return b.add('MaxPool', [y], { kernel_shape: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0] });
    });
    expect(shape).toEqual([BATCH, 6, 2, 3]);
  });

  it('follows reshapes, transposes, slices, pads, concatenation and dense layers', () => {
    const shape = outputShape([4, 6], (b, x) => {
      const split = b.add('Reshape', [x, b.ints([0, 2, 2, 6])]);
      const turned = b.add('Transpose', [split], { perm: [0, 2, 1, 3] });
      const part = b.add('Slice', [turned, b.ints([1]), b.ints([6]), b.ints([3]), b.ints([2])]);
      const padded = b.add('Pad', [part, b.ints([0, 0, 0, 1, 0, 0, 0, 2])]);
      const joined = b.add('Concat', [padded, turned], { axis: 3 });
      const flat = b.add('Reshape', [joined, b.ints([0, 48])]);
      return b.add('Gemm', [flat, b.constant(zeros(5, 48), 'w')], { transB: 1 });
    });
    expect(shape).toEqual([BATCH, 5]);
  });

  it('broadcasts channel gates', () => {
    const shape = outputShape([4, 6, 7], (b, x) => {
      const pool = { kernel_shape: [6, 7], strides: [1, 1], pads: [0, 0, 0, 0] };
      return b.add('Mul', [x, b.add('AveragePool', [x], pool)]);
    });
    expect(shape).toEqual([BATCH, 4, 6, 7]);
  });

  it('says which operator got what when shapes do not fit', () => {
    const conv = (b: GraphBuilder, x: string) =>
      b.add('Conv', [x, b.constant(zeros(6, 3, 3, 3), 'w')], { ...window, group: 1 }, 'conv1');
    expect(() => inferShapes(graphOf([4, 8, 9], conv))).toThrow(
      'weights of Conv (conv1): expected [filters, 4 / group 1, 3,3], got [6, 3, 3, 3]',
    );
    const uncounted = { kernel_shape: [3], strides: [1], pads: [1, 1], count_include_pad: 0 };
    const pool = (b: GraphBuilder, x: string) => b.add('AveragePool', [x], uncounted, 'pool');
    expect(() => inferShapes(graphOf([4, 8], pool))).toThrow(
      'count_include_pad of AveragePool (pool): expected 1 where it is padded, got [0]',
    );
    const unknown = (b: GraphBuilder, x: string) => b.add('LSTM', [x]);
    expect(() => inferShapes(graphOf([4, 8], unknown))).toThrow(/operator \(LSTM\): expected Conv/);
  });
});

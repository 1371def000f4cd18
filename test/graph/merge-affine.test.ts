import { describe, expect, it } from 'vitest';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { GraphBuilder } from '../../src/graph/builder.js';
import { BATCH, type Graph } from '../../src/graph/graph.js';
import { mergeAffine } from '../../src/graph/passes/merge-affine.js';
import { floatTensor } from '../../src/graph/tensor.js';

const X = floatTensor([2, 2, 2], [1, -2, 3, 4, 0.5, 6, -7, 8]);
const CONV = { kernel_shape: [1], strides: [1], pads: [0, 0], dilations: [1], group: 1 };

/** conv -> norm -> conv over two channels; `outputs` picks what the graph returns. */
function graphWith(outputs: (values: { first: string; norm: string; second: string }) => string[]): Graph {
  const b = new GraphBuilder('net');
  const x = b.input({ name: 'input', type: 'float32', shape: [BATCH, 2, 2] });
  const constant = (name: string, dims: number[], values: number[]) =>
    b.constant(floatTensor(dims, values), name);
  const first = b.add('Conv', [x, constant('w1', [2, 2, 1], [1, 2, -1, 0.5])], CONV, 'first');
  const norm = b.add(
    'BatchNormalization',
    [
      first,
      constant('s', [2], [2, 3]),
      constant('t', [2], [1, -1]),
      constant('m', [2], [0.5, 0]),
      constant('v', [2], [3, 0]),
    ],
    { epsilon: { float: 1 } },
    'norm',
  );
  const second = b.add(
    'Conv',
    [norm, constant('w2', [1, 2, 1], [1, -2]), constant('b2', [1], [0.25])],
    CONV,
    'second',
  );
  return b.build(outputs({ first, norm, second }));
}

async function values(graph: Graph): Promise<Record<string, number[]>> {
  const session = await onnxruntime.load(graph);
  const results = await session.run({ input: X });
  return Object.fromEntries(
    Object.entries(results).map(([name, { data }]) => [name, Array.from(data, Number)]),
  );
}

describe('merging affine maps', () => {
  it('scales by scale / sqrt(variance + epsilon) (by hand)', () => {
    const merged = mergeAffine(graphWith(({ norm }) => [norm]));
    expect(merged.nodes.map(({ op, name, outputs }) => [op, name, ...outputs])).toEqual([
      ['Conv', 'first', 'norm'],
    ]);
    // channel 0: 2 / sqrt(3 + 1) = 1, shift 1 - 0.5; channel 1: 3 / sqrt(0 + 1) = 3, shift -1
    const [, weight, bias] = merged.nodes[0]?.inputs ?? [];
    expect([...(merged.constants.get(weight as string)?.data ?? [])]).toEqual([1, 2, -3, 1.5]);
    expect([...(merged.constants.get(bias as string)?.data ?? [])]).toEqual([0.5, -1]);
  });

  it.each([
    ['nothing else', ({ second }: { second: string }) => [second], 'Conv Conv'],
    [
      'what the normalisation reads',
      ({ first, second }: { first: string; second: string }) => [first, second],
      'Conv Conv',
    ],
    [
      'what the normalisation makes',
      ({ norm, second }: { norm: string; second: string }) => [norm, second],
      'Conv Conv',
    ],
    [
      'all of it',
      ({ first, norm, second }: Record<'first' | 'norm' | 'second', string>) => [first, norm, second],
      'Conv Conv BatchNormalization',
    ],
  ])('keeps every output when the graph returns %s', async (_, outputs, ops) => {
    const graph = graphWith(outputs as Parameters<typeof graphWith>[0]);
    const merged = mergeAffine(graph);
    expect(merged.nodes.map(({ op }) => op).join(' ')).toBe(ops);
    const [before, after] = [await values(graph), await values(merged)];
    expect(Object.keys(after)).toEqual(Object.keys(before));
    for (const [name, numbers] of Object.entries(before)) {
      for (const [i, value] of numbers.entries()) expect(after[name]?.[i]).toBeCloseTo(value, 4);
    }
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { GraphBuilder } from '../../src/graph/builder.js';
import { BATCH, type Graph } from '../../src/graph/graph.js';
import { mergeAffine } from '../../src/graph/passes/merge-affine.js';
import { type FloatTensor, floatTensor, sizeOf } from '../../src/graph/tensor.js';
import { randomStream } from '../../src/random.js';
import { relativeError } from '../import/support.js';

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

const values = (graph: Graph) => run(graph, X);

async function run(graph: Graph, input: FloatTensor): Promise<Record<string, number[]>> {
  const session = await onnxruntime.load(graph);
  const results = await session.run({ input });
  await session.release();
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

describe('merging affine maps leaves every function as it was', () => {
  /** A step from one value to the next; `r` draws numbers from 0 to 1. */
  type Step = (
    b: GraphBuilder,
    x: string,
    shape: number[],
    r: () => number,
  ) => { x: string; shape: number[] };

  const drawn = (b: GraphBuilder, dims: readonly number[], r: () => number) =>
    b.constant(
      floatTensor(
        dims,
        Float32Array.from({ length: sizeOf(dims) }, () => 4 * r() - 2),
      ),
      b.unique('c'),
    );
  const alike =
    (op: string, attributes = {}): Step =>
    (b, x, shape) => ({ x: b.add(op, [x], attributes), shape });
  /** Constants that vary along some of the axes. */
  const constants =
    (op: 'Mul' | 'Add'): Step =>
    (b, x, shape, r) => {
      const dims = [1, ...shape.map((size) => (r() < 0.4 ? size : 1))];
      return { x: b.add(op, [x, drawn(b, dims, r)]), shape };
    };
  const convolution =
    (padded: boolean, depthwise: boolean): Step =>
    (b, x, shape, r) => {
      const [channels = 0, height = 0, width = 0] = shape;
      const kernel = height > 2 && width > 2 && !depthwise ? 3 : 1;
      const pad = padded && kernel === 3 ? 1 : 0;
      const group = depthwise ? channels : 1;
      const weights = drawn(b, [channels, channels / group, kernel, kernel], r);
      const attributes = {
        kernel_shape: [kernel, kernel],
        strides: [1, 1],
        pads: [pad, pad, pad, pad],
        dilations: [1, 1],
        group,
      };
      const inputs = r() < 0.5 ? [x, weights] : [x, weights, drawn(b, [channels], r)];
      const size = (n: number) => n + 2 * pad - kernel + 1;
      return { x: b.add('Conv', inputs, attributes), shape: [channels, size(height), size(width)] };
    };
  const normalisation: Step = (b, x, shape, r) => {
    const positive = b.constant(floatTensor([shape[0] as number], Float32Array.from({ length: shape[0] as number }, () => r() + 0.1)), b.unique('v')); // biome-ignore format: one line
    const parameters = [0, 1, 2].map(() => drawn(b, [shape[0] as number], r));
    return {
      x: b.add('BatchNormalization', [x, ...parameters, positive], { epsilon: { float: 0.1 } }),
      shape,
    };
  };
  const reshape = (b: GraphBuilder, x: string, shape: number[]) => ({
    x: b.add('Reshape', [x, b.ints([0, ...shape])]),
    shape,
  });
  const pool =
    (op: string): Step =>
    (b, x, shape) => {
      const [channels = 0, height = 0, width = 0] = shape;
      if (height < 3 || width < 3 || x.startsWith('Pad')) return { x, shape };
      const attributes = { kernel_shape: [2, 2], strides: [1, 1], pads: [0, 0, 0, 0], count_include_pad: 1 };
      const { count_include_pad: _, ...maximum } = attributes;
      return {
        x: b.add(op, [x], op === 'MaxPool' ? maximum : attributes),
        shape: [channels, height - 1, width - 1],
      };
    };
  const STEPS: Step[] = [
    alike('Relu'),
    alike('Tanh'),
    constants('Mul'),
    constants('Add'),
    normalisation,
    convolution(false, false),
    convolution(true, false),
    convolution(false, true),
    pool('AveragePool'),
    pool('MaxPool'),
    (b, x, [c = 0, h = 0, w = 0], r) => {
      const perm = r() < 0.5 ? [0, 2, 3, 1] : [0, 3, 1, 2];
      const sizes = [0, c, h, w];
      return {
        x: b.add('Transpose', [x], { perm }),
        shape: perm.slice(1).map((axis) => sizes[axis] as number),
      };
    },
    (b, x, [c = 0, h = 0, w = 0], r) => reshape(b, x, r() < 0.5 ? [c, 1, h * w] : [c * h, 1, w]),
    (b, x, [c = 0, h = 0, w = 0]) => {
      const flat = b.add('Reshape', [x, b.ints([0, c * h * w])]);
      return reshape(b, flat, [h, w, c]);
    },
    (b, x, [c = 0, h = 0, w = 0]) => ({
      x: b.add('Pad', [x, b.ints([0, 0, 1, 0, 0, 0, 0, 1])], { mode: 'constant' }),
      shape: [c, h + 1, w + 1],
    }),
    (b, x, shape, r) => {
      const bounds = (start: number, end: number) => [[start], [end], [1], [1]].map((list) => b.ints(list));
      const [c = 0] = shape;
      if (c < 2) return { x, shape };
      const parts = [b.add('Slice', [x, ...bounds(0, 1)]), b.add('Slice', [x, ...bounds(1, c)])];
      const [one = '', two = ''] = parts.map((part) =>
        r() < 0.7 ? b.add('Mul', [part, drawn(b, [1, 1, 1, 1], r)]) : part,
      );
      return { x: b.add('Concat', r() < 0.7 ? [one, two] : [two, one], { axis: 1 }), shape };
    },
    (b, x, shape, r) => {
      const shifted = constants(r() < 0.5 ? 'Mul' : 'Add')(b, x, shape, r).x;
      const other = convolution(false, true)(b, r() < 0.5 ? shifted : x, shape, r).x;
      return { x: b.add('Add', [shifted, other]), shape };
    },
  ];

  it('whatever the network', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(STEPS.length - 1), { minLength: 1, maxLength: 9 }),
        fc.nat(),
        async (steps, seed) => {
          const stream = randomStream('merge', seed);
          let draws = 0;
          const r = () => stream.uniform(draws++);
          const b = new GraphBuilder('net');
          let at = {
            x: b.input({ name: 'input', type: 'float32', shape: [BATCH, 3, 5, 6] }),
            shape: [3, 5, 6],
          };
          for (const step of steps) at = (STEPS[step] as Step)(b, at.x, at.shape, r);
          const features = sizeOf(at.shape);
          const flat = b.add('Reshape', [at.x, b.ints([0, features])]);
          const graph = b.build([
            b.add('Gemm', [flat, drawn(b, [4, features], r), drawn(b, [4], r)], { transB: 1 }, 'logits'),
          ]);
          const merged = mergeAffine(graph);
          const input = floatTensor([2, 3, 5, 6], Float32Array.from({ length: 180 }, r));
          const [before, after] = [await run(graph, input), await run(merged, input)];
          expect(relativeError(after.logits ?? [], before.logits ?? [])).toBeLessThan(2e-5);
          const names = merged.nodes.flatMap(({ outputs }) => outputs);
          expect(new Set(names).size).toBe(names.length);
        },
      ),
      { seed: 11, numRuns: 300 },
    );
  });
});

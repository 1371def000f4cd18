import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Session } from '../../src/engine/engine.js';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { OPERATORS } from '../../src/engine/tfjs/operators.js';
import { openSession } from '../../src/engine/tfjs/session.js';
import { tfjs } from '../../src/engine/tfjs.js';
import { InputError } from '../../src/errors.js';
import { GraphBuilder } from '../../src/graph/builder.js';
import { type Attribute, BATCH, type Graph } from '../../src/graph/graph.js';
import { OPERATORS as CANONICAL } from '../../src/graph/operators/table.js';
import { floatTensor, intTensor, sizeOf, type Tensor } from '../../src/graph/tensor.js';
import { noise } from '../import/support.js';

/** An operator over the value `x` [batch, ...shape] and constants. */
interface Case {
  op: string;
  shape: readonly number[];
  constants?: readonly (Tensor | undefined)[];
  attributes?: Readonly<Record<string, Attribute>>;
  /** How many outputs; all are compared. */
  outputs?: number;
  /** With a second value, `x` times a number below zero, before the constants. */
  second?: true;
}

const BATCHES = 3;

const constant = (...dims: number[]) => floatTensor(dims, noise(sizeOf(dims), dims.length + 5));
const above = (...dims: number[]) => floatTensor(dims, constant(...dims).data.map(Math.abs));
const scalar = (value: number) => floatTensor([], [value]);
const ints = (...values: number[]) => intTensor([values.length], values);
const window = (
  kernel: number[],
  strides: number[],
  pads: number[],
  more: Record<string, Attribute> = {},
) => ({
  kernel_shape: kernel,
  strides,
  pads,
  ...more,
});

const PLANE = [4, 7, 6];

const CASES: readonly Case[] = [
  ...['Identity', 'Abs', 'Sign', 'Exp', 'Erf', 'Relu', 'Sigmoid', 'Tanh', 'HardSwish'].map((op) => ({
    op,
    shape: [5],
  })),
  ...['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min'].flatMap((op) => [
    { op, shape: PLANE, constants: [constant(4, 1, 1)] },
    { op, shape: [5], second: true as const },
  ]),
  { op: 'Pow', shape: [5], constants: [scalar(2)] },
  { op: 'LeakyRelu', shape: [5], attributes: { alpha: { float: 0.3 } } },
  { op: 'LeakyRelu', shape: [5] },
  { op: 'PRelu', shape: PLANE, constants: [constant(4, 1, 1)] },
  { op: 'Elu', shape: [5], attributes: { alpha: { float: 0.7 } } },
  { op: 'HardSigmoid', shape: [5], attributes: { alpha: { float: 2 ** 100 }, beta: { float: 0 } } },
  { op: 'HardSigmoid', shape: [5] },
  { op: 'Clip', shape: [5], constants: [scalar(-0.2), scalar(0.3)] },
  { op: 'Clip', shape: [5], constants: [undefined, scalar(0.3)] },
  { op: 'Clip', shape: [5], constants: [scalar(0)] },

  { op: 'MatMul', shape: [2, 3, 4], constants: [constant(4, 5)] },
  { op: 'MatMul', shape: [2, 3, 3], second: true },
  { op: 'Gemm', shape: [6], constants: [constant(4, 6), constant(4)], attributes: { transB: 1 } },
  { op: 'Gemm', shape: [6], constants: [constant(6, 4)] },
  {
    op: 'Conv',
    shape: PLANE,
    constants: [constant(3, 4, 3, 2), constant(3)],
    attributes: window([3, 2], [1, 1], [1, 0, 2, 1]),
  },
  {
    op: 'Conv',
    shape: PLANE,
    constants: [constant(3, 4, 3, 3)],
    attributes: window([3, 3], [2, 1], [0, 0, 0, 0]),
  },
  {
    op: 'Conv',
    shape: PLANE,
    constants: [constant(6, 2, 3, 3)],
    attributes: window([3, 3], [2, 2], [2, 2, 2, 2], { group: 2, dilations: [2, 1] }),
  },
  {
    op: 'Conv',
    shape: PLANE,
    constants: [constant(8, 1, 3, 3), constant(8)],
    attributes: window([3, 3], [2, 2], [1, 1, 1, 1], { group: 4 }),
  },
  {
    op: 'Conv',
    shape: PLANE,
    constants: [constant(4, 1, 3, 2)],
    attributes: window([3, 2], [1, 2], [1, 1, 1, 1], { group: 4, dilations: [2, 2] }),
  },
  { op: 'Conv', shape: [4, 9], constants: [constant(5, 4, 3)], attributes: window([3], [2], [1, 0]) },
  {
    op: 'Conv',
    shape: [4, 9],
    constants: [constant(4, 1, 3)],
    attributes: window([3], [1], [2, 2], { group: 4, dilations: [2] }),
  },
  ...[
    { group: 1, weights: [4, 3, 3, 2] },
    { group: 2, weights: [4, 3, 3, 2] },
    { group: 4, weights: [4, 1, 3, 2] },
  ].map(({ group, weights }) => ({
    op: 'ConvTranspose',
    shape: PLANE,
    constants: [constant(...weights)],
    attributes: window([3, 2], [2, 3], [1, 0, 2, 1], { group, output_padding: [1, 2] }),
  })),
  {
    op: 'ConvTranspose',
    shape: [4, 5],
    constants: [constant(4, 2, 3)],
    attributes: window([3], [2], [5, 1], { output_padding: [1], dilations: [2] }),
  },

  {
    op: 'AveragePool',
    shape: PLANE,
    attributes: window([3, 2], [2, 1], [1, 0, 1, 1], { count_include_pad: 1 }),
  },
  { op: 'AveragePool', shape: [4, 9], attributes: window([9], [1], [0, 0]) },
  ...[1, 2].flatMap((outputs) => [
    { op: 'MaxPool', outputs, shape: PLANE, attributes: window([3, 2], [2, 1], [1, 0, 1, 1]) },
    { op: 'MaxPool', outputs, shape: PLANE, attributes: window([1, 1], [2, 2], [0, 0, 0, 0]) },
    {
      op: 'MaxPool',
      outputs,
      shape: PLANE,
      attributes: window([3, 2], [1, 1], [2, 0, 0, 1], { dilations: [2, 2] }),
    },
    { op: 'MaxPool', outputs, shape: [4, 9], attributes: window([3], [2], [1, 1]) },
  ]),

  ...['ReduceSum', 'ReduceMean', 'ReduceMax'].flatMap((op) => [
    { op, shape: PLANE, constants: [ints(1, -1)], attributes: { keepdims: 1 } },
    { op, shape: PLANE, constants: [ints(2)], attributes: { keepdims: 0 } },
  ]),
  { op: 'Softmax', shape: [4, 5], attributes: { axis: -1 } },
  { op: 'Softmax', shape: [4, 5], attributes: { axis: 1 } },
  {
    op: 'LayerNormalization',
    shape: [4, 6],
    constants: [constant(6), constant(6)],
    attributes: { axis: -1, epsilon: { float: 1e-4 } },
  },
  {
    op: 'BatchNormalization',
    shape: PLANE,
    constants: [constant(4), constant(4), constant(4), above(4)],
    attributes: { epsilon: { float: 1e-3 } },
  },

  { op: 'Reshape', shape: PLANE, constants: [ints(0, 2, -1)] },
  { op: 'Unsqueeze', shape: [5], constants: [ints(1, -1)] },
  { op: 'Squeeze', shape: [1, 5, 1], constants: [ints(1, -1)] },
  { op: 'Transpose', shape: PLANE, attributes: { perm: [0, 3, 1, 2] } },
  { op: 'Concat', shape: PLANE, constants: [], attributes: { axis: 2 }, second: true },
  { op: 'Split', shape: PLANE, constants: [ints(1, 3)], attributes: { axis: 1 }, outputs: 2 },
  { op: 'Slice', shape: PLANE, constants: [ints(1, 0), ints(4, 5), ints(1, 2), ints(1, 2)] },
  { op: 'Slice', shape: PLANE, constants: [ints(1), ints(3), ints(-1)] },
  { op: 'Pad', shape: PLANE, constants: [ints(0, 0, 1, -2, 0, 1, -1, 2)] },
  { op: 'Pad', shape: PLANE, constants: [ints(1, 2), scalar(7), ints(3)] },
];

/** Operators of truth values, indices and shapes, whose graphs say more. */
const GRAPHS: Record<string, (builder: GraphBuilder, x: string) => string> = {
  Where: (builder, x) => {
    const zero = builder.scalar(0);
    const greater = builder.add('Greater', [x, zero]);
    const less = builder.add('Less', [x, builder.scalar(-0.5)]);
    const other = builder.add('Where', [less, builder.scalar(3), zero]);
    return builder.add('Where', [greater, x, other]);
  },
  Sqrt: (builder, x) => builder.add('Sqrt', [builder.add('Mul', [x, x])]),
  Gather: (builder, x) =>
    builder.add('Gather', [x, builder.constant(intTensor([2, 2], [1, 0, 1, 2]), 'rows')], { axis: 0 }),
  // Of each sample's three numbers one, as many times as there are samples.
  OneHot: (builder, x) => {
    const count = builder.add('Squeeze', [builder.add('Shape', [x], { start: 0, end: 1 })]);
    const zero = builder.constant(intTensor([], [0]), 'zero');
    const numbers = builder.add('Range', [zero, count, builder.constant(intTensor([], [1]), 'one')]);
    const depth = builder.constant(intTensor([], [4]), 'depth');
    return builder.add('OneHot', [numbers, depth, builder.constant(floatTensor([2], [-1, 2]), 'values')]);
  },
  // Where windows overlap, shares add up.
  ScatterElements: (builder, x) => {
    const places = builder.constant(intTensor([BATCHES, 4], [0, 1, 1, 3, 2, 2, 2, 0, 3, 0, 1, 2]), 'places');
    const updates = builder.add('Slice', [x, builder.ints([0]), builder.ints([4]), builder.ints([1])]);
    return builder.add('ScatterElements', [x, places, updates], { axis: 1, reduction: 'add' });
  },
  Log: (builder, x) => builder.add('Log', [builder.add('Exp', [x])]),
  Reciprocal: (builder, x) => builder.add('Reciprocal', [builder.add('Exp', [x])]),
  // Zeros out of nothing, as explanations make them.
  Pad: (builder, x) => {
    const [none, first] = [builder.ints([0]), builder.ints([1])];
    const empty = builder.add('Slice', [x, none, none, first]);
    const zeros = builder.add('Pad', [empty, builder.ints([0, 0, 0, 5])]);
    return builder.add('Add', [zeros, x]);
  },
};

function graphOf({ op, shape, constants = [], attributes = {}, outputs = 1, second }: Case): Graph {
  const builder = new GraphBuilder(op);
  const x = builder.input({ name: 'x', type: 'float32', shape: [BATCH, ...shape] });
  const others = constants.map((tensor, i) => (tensor ? builder.store(tensor, `constant${i}`) : ''));
  const turned = second ? [builder.add('Mul', [x, builder.scalar(-0.7)])] : [];
  return builder.build(builder.addMany(op, [x, ...turned, ...others], outputs, attributes));
}

async function run(session: Session, shape: readonly number[], levels: number) {
  const size = BATCHES * sizeOf(shape);
  // Few levels: ties, and zeros.
  const data = noise(size).map((value) => Math.round(value * levels) / levels);
  const outputs = await session.run({ x: floatTensor([BATCHES, ...shape], data) });
  await session.release();
  return Object.values(outputs).map(({ dims, data }) => ({
    dims: [...dims],
    data: Array.from(data, Number),
  }));
}

async function compare(graph: Graph, shape: readonly number[]): Promise<void> {
  for (const levels of [3, 1000]) {
    const expected = await run(await onnxruntime.load(graph), shape, levels);
    const actual = await run(openSession(graph), shape, levels);
    expect(actual.map(({ dims }) => dims)).toEqual(expected.map(({ dims }) => dims));
    for (const [i, { data }] of expected.entries()) {
      const scale = Math.max(1, ...data.filter(Number.isFinite).map(Math.abs));
      for (const [k, value] of data.entries()) {
        const got = actual[i]?.data[k] as number;
        if (!Object.is(got, value)) expect(Math.abs(got - value) / scale, `${i}[${k}]`).toBeLessThan(2e-6);
      }
    }
  }
}

describe.each(['wasm', 'cpu'])('operators on TensorFlow.js, backend %s', (backend) => {
  beforeAll(async () => {
    await tfjs.ready();
    await tf.setBackend(backend);
  });
  afterEach(() => expect(tf.memory().numTensors).toBe(0));

  it.each(CASES)('$op $shape $attributes', async (one) => compare(graphOf(one), one.shape));

  it.each(Object.entries(GRAPHS))('%s in a graph', async (_, write) => {
    const builder = new GraphBuilder('graph');
    const x = builder.input({ name: 'x', type: 'float32', shape: [BATCH, 5] });
    await compare(builder.build([write(builder, x)]), [5]);
  });

  it('are freed when one of them fails', async () => {
    const session = openSession(graphOf({ op: 'MatMul', shape: [2, 3], constants: [constant(3, 2)] }));
    await expect(session.run({ x: constant(2, 2, 4) })).rejects.toThrow();
    await session.release();
  });
});

describe('sessions on TensorFlow.js', () => {
  it('know every operator that is tested, and those only', () => {
    const tested = new Set([...CASES.map(({ op }) => op), ...Object.keys(GRAPHS)]);
    for (const op of ['Greater', 'Less', 'Shape', 'Range']) tested.add(op);
    expect([...tested].sort()).toEqual(Object.keys(OPERATORS).sort());
  });

  it('know every operator of a network, but for those that are written in others', () => {
    const others = Object.keys(CANONICAL).filter((op) => !Object.hasOwn(OPERATORS, op));
    expect(others.sort()).toEqual([
      'Gelu',
      'LRN',
      'Mish',
      'RMSNormalization',
      'SignedRoot',
      'Silu',
      'Softplus',
    ]);
  });

  it('write outputs into tensors that are given, and hand out numbers of their own', async () => {
    const session = await tfjs.load(graphOf({ op: 'Identity', shape: [2] }));
    const x = floatTensor([1, 2], [1, 2]);
    const y = floatTensor([1, 2], new Float32Array(2));
    expect((await session.run({ x }, { Identity: y })).Identity).toBe(y);
    expect([...y.data]).toEqual([1, 2]);
    const { Identity: other } = await session.run({ x });
    x.data[0] = 9;
    expect(Array.from(other?.data as Float32Array)).toEqual([1, 2]);
    await session.release();
  });

  it('name an operator that they lack', async () => {
    const session = await tfjs.load(graphOf({ op: 'Celu', shape: [2] }));
    await expect(session.run({ x: constant(1, 2) })).rejects.toThrow(InputError);
    await session.release();
  });

  it('say what they are', () => {
    expect(tfjs.name).toMatch(
      /^@tensorflow\/tfjs-core 4\.\d+\.\d+ on @tensorflow\/tfjs-backend-wasm 4\.\d+\.\d+$/,
    );
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Session } from '../../src/engine/engine.js';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { GraphBuilder } from '../../src/graph/builder.js';
import { windowGeometry, windowSpan } from '../../src/graph/geometry.js';
import { type Attribute, BATCH, intOf, type Node } from '../../src/graph/graph.js';
import { OPERATORS, traitsOf } from '../../src/graph/operators/table.js';
import type { Weights } from '../../src/graph/operators/traits.js';
import { fanIn, learnedInputs, multiplyAdds } from '../../src/graph/operators/weights.js';
import { inferShapes } from '../../src/graph/shapes.js';
import { type FloatTensor, floatTensor, intTensor, sizeOf, type Tensor } from '../../src/graph/tensor.js';
import { randomStream } from '../../src/random.js';

/** An operator in use: operands of one shape, then constants. */
interface Use {
  op: string;
  shape?: number[];
  operands?: 1 | 2;
  constants?: Tensor[];
  attributes?: Record<string, Attribute>;
  /** Whether it is defined for positive numbers only. */
  positive?: true;
}

const SHAPE = [3, 6, 5];

const numbers = (count: number, low: number, ...key: (string | number)[]) =>
  randomStream('traits', ...key).uniforms(count, low, 1);
const random = (dims: number[], low = -1) => floatTensor(dims, numbers(sizeOf(dims), low, ...dims));
const scalar = (value: number) => floatTensor([], [value]);
const ints = (...values: number[]) => intTensor([values.length], values);
const pool = { kernel_shape: [3, 2], strides: [2, 1], pads: [1, 0, 1, 1] };
const conv = { kernel_shape: [3, 3], strides: [2, 1], pads: [1, 0, 1, 2], dilations: [1, 2], group: 1 };
const alpha = (value: number) => ({ alpha: { float: value } });

const USES: Record<string, Use> = {
  'Conv of positive weights': { op: 'Conv', constants: [random([4, 3, 3, 3], 0)], attributes: conv },
  Conv: { op: 'Conv', constants: [random([4, 3, 3, 3]), random([4])], attributes: conv },
  Gemm: { op: 'Gemm', shape: [7], constants: [random([4, 7]), random([4])], attributes: { transB: 1 } },
  'Gemm at every place, of positive weights': {
    op: 'Gemm',
    constants: [random([4, 5], 0)],
    attributes: { transB: 1, places: 1 },
  },
  'Gemm at every place': {
    op: 'Gemm',
    constants: [random([4, 5]), random([4])],
    attributes: { transB: 1, places: 1 },
  },
  Add: { op: 'Add', operands: 2 },
  'Add of a constant': { op: 'Add', constants: [random([3, 1, 1], 0)] },
  Sub: { op: 'Sub', operands: 2 },
  Mul: { op: 'Mul', operands: 2 },
  'Mul by a positive map': { op: 'Mul', constants: [random([1, 1, 6, 5], 0.1)] },
  'Mul by positive numbers and zero': { op: 'Mul', constants: [floatTensor([3, 1, 1], [0, 1, 2])] },
  'Mul by any numbers': { op: 'Mul', constants: [random([3, 1, 1])] },
  MatMul: { op: 'MatMul', shape: [3, 5, 5], operands: 2 },
  Max: { op: 'Max', operands: 2 },
  'Max with a constant': { op: 'Max', constants: [random([3, 1, 1], 0)] },
  MaxPool: { op: 'MaxPool', attributes: pool },
  AveragePool: { op: 'AveragePool', attributes: { ...pool, count_include_pad: 1 } },
  Relu: { op: 'Relu' },
  LeakyRelu: { op: 'LeakyRelu', attributes: alpha(0.3) },
  'LeakyRelu, falling': { op: 'LeakyRelu', attributes: alpha(-0.3) },
  PRelu: { op: 'PRelu', constants: [floatTensor([3, 1, 1], [0.3, 0, 0.1])] },
  'PRelu, falling': { op: 'PRelu', constants: [floatTensor([3, 1, 1], [0.3, -0.2, 0.1])] },
  Elu: { op: 'Elu', attributes: alpha(0.7) },
  'Elu, falling': { op: 'Elu', attributes: alpha(-0.7) },
  Tanh: { op: 'Tanh' },
  SignedRoot: { op: 'SignedRoot' },
  HardSwish: { op: 'HardSwish' },
  Gelu: { op: 'Gelu' },
  'Gelu, by tanh': { op: 'Gelu', attributes: { approximate: 'tanh' } },
  Silu: { op: 'Silu' },
  Mish: { op: 'Mish' },
  Softplus: { op: 'Softplus' },
  Abs: { op: 'Abs' },
  Erf: { op: 'Erf' },
  Exp: { op: 'Exp' },
  Log: { op: 'Log', positive: true },
  Sqrt: { op: 'Sqrt', positive: true },
  Reciprocal: { op: 'Reciprocal' },
  Pow: { op: 'Pow', constants: [scalar(2)] },
  'Pow, to a fraction': { op: 'Pow', constants: [scalar(0.3)], positive: true },
  Div: { op: 'Div', operands: 2 },
  Sigmoid: { op: 'Sigmoid' },
  HardSigmoid: { op: 'HardSigmoid', attributes: { ...alpha(0.4), beta: { float: 0.5 } } },
  'HardSigmoid, falling': { op: 'HardSigmoid', attributes: { ...alpha(-0.4), beta: { float: 0.5 } } },
  'Clip from 0': { op: 'Clip', constants: [scalar(0), scalar(0.8)] },
  'Clip from above 0': { op: 'Clip', constants: [scalar(0.1), scalar(0.8)] },
  'Clip from below 0': { op: 'Clip', constants: [scalar(-0.5), scalar(0.8)] },
  LRN: {
    op: 'LRN',
    attributes: { ...alpha(0.9), size: 3, channels: 3, beta: { float: 0.75 }, bias: { float: 1 } },
  },
  LayerNormalization: {
    op: 'LayerNormalization',
    constants: [random([5]), random([5])],
    attributes: { axis: 3, epsilon: { float: 1e-5 } },
  },
  RMSNormalization: {
    op: 'RMSNormalization',
    constants: [random([5])],
    attributes: { axis: 3, epsilon: { float: 1e-5 } },
  },
  Softmax: { op: 'Softmax', attributes: { axis: 2 } },
  Reshape: { op: 'Reshape', constants: [ints(0, 15, 6)] },
  Transpose: { op: 'Transpose', attributes: { perm: [0, 3, 1, 2] } },
  Slice: { op: 'Slice', constants: [ints(1, 1), ints(6, 3), ints(2, 1), ints(2, 1)] },
  Pad: { op: 'Pad', constants: [ints(0, 0, 1, 2, 0, 1, 0, -1)] },
  Concat: { op: 'Concat', operands: 2, attributes: { axis: 2 } },
};

it('every canonical operator is put to use here', () => {
  const canonical = Object.keys(OPERATORS).filter((op) => op !== 'BatchNormalization');
  expect(new Set(Object.values(USES).map(({ op }) => op))).toEqual(new Set(canonical));
});

describe.each(Object.entries(USES))('what is said of %s is true', (key, use) => {
  const { op, shape = SHAPE, operands = 1, constants = [], attributes = {} } = use;
  const size = sizeOf(shape);
  const builder = new GraphBuilder('net');
  const inputs = ['a', 'b'].slice(0, operands);
  for (const name of inputs) builder.input({ name, type: 'float32', shape: [BATCH, ...shape] });
  const parameters = constants.map((tensor, i) => builder.constant(tensor, `c${i}`));
  const graph = builder.build([builder.add(op, [...inputs, ...parameters], attributes)]);
  const node = graph.nodes[0] as Node;
  const traits = traitsOf(node);
  const output = (inferShapes(graph).get(node.name) as number[]).slice(1);

  let session: Session;
  beforeAll(async () => {
    session = await onnxruntime.load(graph);
  });
  afterAll(() => session.release());

  /** The outputs for a batch of operands, those of a sample one behind the other. */
  async function run(samples: readonly Float32Array[]): Promise<Float32Array[]> {
    const feeds = inputs.map((name, i) => {
      const data = samples.flatMap((sample) => [...sample.subarray(i * size, (i + 1) * size)]);
      return [name, floatTensor([samples.length, ...shape], data)] as const;
    });
    const [result] = Object.values(await session.run(Object.fromEntries(feeds))) as [FloatTensor];
    expect(result.dims).toEqual([samples.length, ...output]);
    return samples.map((_, i) => result.data.subarray(i * sizeOf(output), (i + 1) * sizeOf(output)));
  }

  /** Numbers from 4 low to 4: wide enough for every bend of an activation. */
  const drawn = (low: number) => numbers(operands * size, use.positive ? 0 : low, key, low).map((x) => 4 * x);
  /** About half of it zeros, the rest positive. */
  const sparse = () => drawn(-1).map((x) => Math.max(x, 0));
  /** The operands, then each of their numbers raised in turn. */
  const bumped = (x: Float32Array, by: number) => [
    x,
    ...Array.from(x, (_, i) => x.map((v, k) => (k === i ? v + by : v))),
  ];

  it.each([0, -1])('signs, operands from %d', async (low) => {
    const holds = (value: string) =>
      graph.constants.get(value)?.data.every((x: number | bigint) => x >= 0) ?? low === 0;
    if (!traits.nonNegative?.(node, holds)) return;
    const [y] = (await run([drawn(low)])) as [Float32Array];
    expect(Math.min(...y)).toBeGreaterThanOrEqual(0);
  });

  it('monotone', async () => {
    if (!traits.monotone?.(node, graph)) return;
    const [y, ...raised] = (await run(bumped(drawn(-1), 0.7))) as [Float32Array, ...Float32Array[]];
    for (const other of raised)
      other.forEach((value, o) => {
        expect(value).toBeGreaterThanOrEqual(y[o] as number);
      });
  });

  it('zeros', async () => {
    const zeros = traits.zeros?.(node, graph);
    const x = drawn(-1);
    const [y] = (await run([x])) as [Float32Array];
    if (zeros === 'cut') {
      expect(y.map(Math.sign)).toEqual(x.map((v) => Math.sign(Math.max(v, 0))));
    }
    if (zeros !== 'kept') return;
    if (traits.reads.kind === 'element' && operands === 1) {
      expect(y.every((v, i) => v * (x[i] as number) >= 0)).toBe(true);
    }
    const positive = sparse();
    const [nothing] = (await run([positive.map(() => 0)])) as [Float32Array];
    expect(nothing.every((v) => v === 0)).toBe(true);
    const [z, ...raised] = (await run(bumped(positive, 1e-3))) as [Float32Array, ...Float32Array[]];
    for (const [i, other] of raised.entries()) {
      const moved = other.some((value, o) => z[o] === 0 && value !== 0);
      if (moved) expect(positive[i]).toBe(0);
    }
  });

  it('reads', async () => {
    const [y, ...raised] = (await run(bumped(drawn(-1), 3))) as [Float32Array, ...Float32Array[]];
    for (const [i, other] of raised.entries()) {
      other.forEach((value, o) => {
        if (value !== y[o]) expect(reads(unravel(o, output), unravel(i % size, shape))).toBe(true);
      });
    }
  });

  /** Whether the operator says that an output reads an element; places are without the batch. */
  function reads(to: number[], from: number[]): boolean {
    const { reads } = traits;
    const sameBut = (axis: number) => to.every((o, a) => a === axis || o === from[a]);
    switch (reads.kind) {
      case 'element':
        return sameBut(-1);
      case 'axis':
        return sameBut(intOf(node, 'axis', reads.fallback) - 1);
      case 'window': {
        const { kernel, strides, padsBegin, dilations } = windowGeometry(node, shape.slice(1));
        return to.slice(1).every((o, a) => {
          const tap = (from[a + 1] as number) - o * (strides[a] as number) + (padsBegin[a] as number);
          const [size, gap] = [kernel[a] as number, dilations[a] as number];
          return tap >= 0 && tap < windowSpan(size, gap) && tap % gap === 0;
        });
      }
      case 'shift': {
        const shifts = reads.shifts(node, graph);
        return to.every((o, a) => {
          const { start, step } = shifts.get(a + 1) ?? { start: 0, step: 1 };
          return from[a] === start + o * step;
        });
      }
      case 'all':
        return true;
    }
  }
});

function unravel(index: number, dims: readonly number[]): number[] {
  let rest = index;
  const place = dims.toReversed().map((dim) => {
    const at = rest % dim;
    rest = Math.floor(rest / dim);
    return at;
  });
  return place.reverse();
}

describe('weights', () => {
  const b = new GraphBuilder('net');
  const x = b.input({ name: 'x', type: 'float32', shape: [BATCH, 4, 5, 5] });
  const inputs = [x, b.constant(random([6, 2, 3, 3]), 'w'), b.constant(random([6]), 'b')];
  const attributes = {
    kernel_shape: [3, 3],
    strides: [1, 1],
    pads: [0, 0, 0, 0],
    dilations: [1, 1],
    group: 2,
  };
  const graph = b.build([b.add('Relu', [b.add('Conv', inputs, attributes)])]);
  const [layer, relu] = graph.nodes as [Node, Node];

  it('are the inputs that hold learned numbers', () => {
    expect(learnedInputs(layer)).toEqual(['w', 'b']);
    expect(learnedInputs({ ...layer, inputs: [x, 'w'] })).toEqual(['w']);
    expect(learnedInputs(relu)).toEqual([]);
  });

  it('say how many numbers an output sums over', () => {
    expect(fanIn(traitsOf(layer).weights as Weights, [6, 2, 3, 3])).toBe(18);
    expect(multiplyAdds(graph, layer, 6 * 3 * 3)).toBe(18 * 54);
    expect(multiplyAdds(graph, relu, 54)).toBe(0);
  });
});

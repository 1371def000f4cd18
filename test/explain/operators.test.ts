import { describe, expect, test } from 'vitest';
import { compileExplanation } from '../../src/explain/compile.js';
import { type Composite, lrp, uniform } from '../../src/explain/composites.js';
import { inferShapes } from '../../src/graph/shapes.js';
import { sizeOf } from '../../src/graph/tensor.js';
import { Reference } from './dense.js';
import { explain, NetworkBuilder, numbers, relativeError } from './networks.js';

/** A network body between a convolution with ReLU and a dense layer: [3, 9, 8] -> anything. */
type Body = (network: NetworkBuilder, x: string) => { value: string; shape: number[] };

const conv = (network: NetworkBuilder, x: string, channels: number, filters: number, key: string) =>
  network.add(
    'Conv',
    [
      x,
      network.constant([filters, channels, 3, 3], numbers(filters * channels * 9, key)),
      network.constant([filters], numbers(filters, `${key}b`)),
    ],
    { kernel_shape: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1], dilations: [1, 1], group: 1 },
  );

const pool = (kernel: number[], strides: number[], pads: number[], extra = {}) => ({
  kernel_shape: kernel,
  strides,
  pads,
  ...extra,
});

const activation =
  (op: string, attributes = {}): Body =>
  (network, x) => ({ value: network.add(op, [x], attributes), shape: [4, 9, 8] });

/** What stands between the first and the last linear layer, with the classes' shape. */
const BODIES: Record<string, Body> = {
  LeakyRelu: activation('LeakyRelu', { alpha: { float: 0.2 } }),
  'PRelu, a slope a channel': (network, x) => ({
    value: network.add('PRelu', [x, network.constant([4, 1, 1], [0.2, -0.5, 0, 1.5])]),
    shape: [4, 9, 8],
  }),
  'BatchNormalization behind an activation': (network, x) => {
    const parameters = [[0.5, -2, 0, 1], [0.1, 0, -0.3, 0], [0.2, 0, 0, -1], [1, 2, 0.5, 3]]; // biome-ignore format: a table
    const constants = parameters.map((values) => network.constant([4], values));
    return {
      value: network.add('BatchNormalization', [network.add('Tanh', [x]), ...constants]),
      shape: [4, 9, 8],
    };
  },
  'Add of constants behind an activation': (network, x) => ({
    value: network.add('Add', [
      network.add('Tanh', [x]),
      network.constant([1, 9, 8], numbers(72, 'summand')),
    ]),
    shape: [4, 9, 8],
  }),
  'LeakyRelu that falls below zero, behind it a Relu': (network, x) => ({
    value: network.add('Relu', [network.add('LeakyRelu', [x], { alpha: { float: -0.5 } })]),
    shape: [4, 9, 8],
  }),
  Tanh: activation('Tanh'),
  Sigmoid: activation('Sigmoid'),
  Elu: activation('Elu', { alpha: { float: 0.7 } }),
  HardSigmoid: activation('HardSigmoid', { alpha: { float: 0.2 }, beta: { float: 0.5 } }),
  'Clip to 0..1 (as ReLU6)': (network, x) => ({
    value: network.add('Clip', [x, network.builder.scalar(0), network.builder.scalar(1)]),
    shape: [4, 9, 8],
  }),
  'Clip to -0.5..1': (network, x) => ({
    value: network.add('Clip', [x, network.builder.scalar(-0.5), network.builder.scalar(1)]),
    shape: [4, 9, 8],
  }),
  'LRN, odd window': activation('LRN', {
    channels: 4,
    size: 3,
    alpha: { float: 0.9 },
    beta: { float: 0.75 },
    bias: { float: 1.5 },
  }),
  'LRN, even window, odd power': activation('LRN', {
    channels: 4,
    size: 4,
    alpha: { float: 0.5 },
    beta: { float: 0.6 },
    bias: { float: 1 },
  }),
  'LRN along one axis': (network, x) => {
    const attributes = { channels: 4, spatial: 1, size: 3, alpha: { float: 0.9 } };
    return { value: network.add('LRN', [network.reshape(x, [4, 72])], attributes), shape: [4, 72] };
  },
  'MaxPool, overlapping, padded': (network, x) => ({
    value: network.add('MaxPool', [x], pool([3, 3], [2, 2], [1, 0, 1, 2])),
    shape: [4, 5, 4],
  }),
  'MaxPool, stride 1': (network, x) => ({
    value: network.add('MaxPool', [x], pool([3, 3], [1, 1], [1, 1, 1, 1])),
    shape: [4, 9, 8],
  }),
  'MaxPool, dilated': (network, x) => ({
    value: network.add('MaxPool', [x], pool([2, 2], [1, 2], [0, 0, 0, 0], { dilations: [2, 3] })),
    shape: [4, 7, 3],
  }),
  'MaxPool of the whole map': (network, x) => ({
    value: network.add('MaxPool', [x], pool([9, 8], [1, 1], [0, 0, 0, 0])),
    shape: [4, 1, 1],
  }),
  'AveragePool, overlapping, padded unevenly': (network, x) => ({
    value: network.add('AveragePool', [x], pool([3, 2], [2, 1], [1, 0, 1, 1], { count_include_pad: 1 })),
    shape: [4, 5, 8],
  }),
  'AveragePool, padded': (network, x) => ({
    value: network.add('AveragePool', [x], pool([3, 3], [2, 2], [1, 1, 1, 1], { count_include_pad: 1 })),
    shape: [4, 5, 4],
  }),
  'AveragePool, rest unread': (network, x) => ({
    value: network.add('AveragePool', [x], pool([2, 3], [2, 3], [0, 0, 0, 0])),
    shape: [4, 4, 2],
  }),
  'AveragePool of the whole map': (network, x) => ({
    value: network.add('AveragePool', [x], pool([9, 8], [1, 1], [0, 0, 0, 0])),
    shape: [4, 1, 1],
  }),
  'residual Add': (network, x) => ({
    value: network.add('Add', [x, conv(network, x, 4, 4, 'branch')]),
    shape: [4, 9, 8],
  }),
  Sub: (network, x) => ({
    value: network.add('Sub', [conv(network, x, 4, 4, 'left'), network.add('Relu', [x])]),
    shape: [4, 9, 8],
  }),
  'Max of two': (network, x) => ({
    value: network.add('Max', [x, conv(network, x, 4, 4, 'branch')]),
    shape: [4, 9, 8],
  }),
  'Mul by a constant': (network, x) => ({
    value: network.add('Mul', [x, network.constant([4, 1, 1], [0.5, -2, 0, 1])]),
    shape: [4, 9, 8],
  }),
  'Concat and Slice': (network, x) => {
    const { builder } = network;
    const joined = network.add('Concat', [x, conv(network, x, 4, 3, 'branch'), x], { axis: 1 });
    const ints = (...values: number[]) => builder.ints(values);
    const value = network.add('Slice', [joined, ints(1, 0, 2), ints(10, 9, 8), ints(1, 2, 3), ints(2, 3, 1)]);
    return { value, shape: [5, 3, 6] };
  },
  'Pad and Transpose': (network, x) => {
    const padded = network.add('Pad', [x, network.builder.ints([0, 1, 0, 2, 0, 0, 1, -1])]);
    return { value: network.add('Transpose', [padded], { perm: [0, 3, 1, 2] }), shape: [9, 5, 10] };
  },
};

function networkOf(body: Body, classes = 4) {
  const network = new NetworkBuilder([3, 9, 8]);
  const { value, shape } = body(network, conv(network, network.input, 3, 4, 'first'));
  const size = sizeOf(shape);
  const weights = Array.from({ length: classes }, (_, i) => Array.from(numbers(size, 'dense', i)));
  const flat = network.reshape(value, [size]);
  return network.build(network.gemm(flat, weights, [0.3, -0.2, 0.1, 0]));
}

const input = numbers(3 * 9 * 8, 'input');
const target = 2;

describe('relevance as by the dense reference', () => {
  const rules = {
    'epsilon-0.1': uniform('epsilon-0.1'),
    'alpha2-beta1': uniform('alpha2-beta1'),
    'gamma-0.25': uniform('gamma-0.25'),
    flat: uniform('flat'),
  } as const;
  const cases = Object.keys(BODIES).flatMap((body) =>
    Object.keys(rules).map((rule) => [body, rule] as const),
  );
  test.each(cases)('%s under %s', async (body, rule) => {
    const graph = networkOf(BODIES[body] as Body);
    await agrees(graph, rules[rule as keyof typeof rules], rule, 'pass');
  });

  test.each(['LRN, odd window', 'LRN, even window, odd power', 'LRN along one axis'])(
    '%s in Taylor form',
    async (body) => {
      const composite = [{ match: { op: 'LRN' }, rule: 'taylor' }, ...uniform('epsilon-0.1')];
      await agrees(networkOf(BODIES[body] as Body), composite, 'epsilon-0.1', 'taylor');
    },
  );
});

async function agrees(graph: ReturnType<typeof networkOf>, composite: Composite, rule: string, lrn: string) {
  const { logits, relevance } = await explain(graph, composite, [input], [target]);
  const reference = new Reference(graph, input);
  expect(relativeError(logits, reference.logits)).toBeLessThan(1e-6);
  const start = reference.logits.map((logit, i) => (i === target ? logit : 0));
  const ruleOf = ({ op }: { op: string }) => {
    if (op === 'LRN') return lrn;
    if (op === 'Mul' || op === 'BatchNormalization') return 'pass';
    return op === 'Conv' || op === 'Gemm' ? rule : 'proportional';
  };
  expect(relativeError(relevance[0] as Float32Array, reference.relevance(start, ruleOf))).toBeLessThan(2e-5);
}

describe('gradients as by central differences in float64', () => {
  const products: Record<string, Body> = {
    'Mul of two': (network, x) => ({
      value: network.add('Mul', [conv(network, x, 4, 4, 'branch'), network.add('Sigmoid', [x])]),
      shape: [4, 9, 8],
    }),
    'Mul by one number a channel': (network, x) => {
      const means = network.add('AveragePool', [x], pool([9, 8], [1, 1], [0, 0, 0, 0]));
      return { value: network.add('Mul', [x, network.add('HardSigmoid', [means])]), shape: [4, 9, 8] };
    },
    HardSwish: activation('HardSwish'),
    ...Object.fromEntries(['Mish', 'Softplus', 'Abs', 'Erf', 'Exp'].map((op) => [op, activation(op)])),
    'Pow of a sum that is positive': (network, x) => ({
      value: network.add('Pow', [network.add('Softplus', [x]), network.builder.scalar(0.3)]),
      shape: [4, 9, 8],
    }),
    ...Object.fromEntries(
      ['Log', 'Sqrt', 'Reciprocal'].map((op): [string, Body] => [
        op,
        (network, x) => ({
          value: network.add(op, [network.add('Add', [network.add('Softplus', [x]), network.builder.scalar(1)])]), // biome-ignore format: one line
          shape: [4, 9, 8],
        }),
      ]),
    ),
    'Div, the divisor one number a channel': (network, x) => {
      const means = network.add('AveragePool', [network.add('Exp', [x])], pool([9, 8], [1, 1], [0, 0, 0, 0]));
      return { value: network.add('Div', [x, means]), shape: [4, 9, 8] };
    },
    Relu: activation('Relu'),
    SignedRoot: (network, x) => ({
      // Away from zero, where its derivative has no bound.
      value: network.add('SignedRoot', [
        network.add('Add', [network.add('Relu', [x]), network.constant([1, 1, 1], [0.5])]),
      ]),
      shape: [4, 9, 8],
    }),
    Softmax: (network, x) => {
      const flat = network.reshape(x, [4 * 9 * 8]);
      return { value: network.add('Softmax', [flat], { axis: 1 }), shape: [4 * 9 * 8] };
    },
  };
  test.each(Object.entries({ ...BODIES, ...products }))('%s', async (_, body) => {
    const graph = networkOf(body);
    const gradient: Composite = [{ match: {}, rule: 'gradient' }];
    const { relevance } = await explain(graph, gradient, [input], [target], { start: 'one' });
    const score = (x: Float64Array) => new Reference(graph, x).logits[target] as number;
    const step = 1e-6;
    const along = (direction: Float32Array, sign: number) =>
      score(Float64Array.from(input, (x, i) => x + sign * step * (direction[i] as number)));
    const directions = Array.from({ length: 8 }, (_, d) => numbers(input.length, 'direction', d));
    const expected = directions.map((d) => (along(d, 1) - along(d, -1)) / (2 * step));
    const got = directions.map((d) => d.reduce((sum, x, i) => sum + x * (relevance[0]?.[i] as number), 0));
    expect(relativeError(got, expected)).toBeLessThan(2e-6);
  });
});

test('a 1-D network: convolution, pools and dense layer', async () => {
  const network = new NetworkBuilder([2, 17]);
  const weights = network.constant([3, 2, 4], numbers(24, 'w'));
  const window = { kernel_shape: [4], strides: [2], pads: [1, 2], dilations: [1], group: 1 };
  const hidden = network.add('Relu', [network.add('Conv', [network.input, weights], window)]);
  const pooled = network.add('MaxPool', [hidden], pool([3], [2], [1, 1]));
  const averaged = network.add('AveragePool', [pooled], pool([2], [1], [0, 1], { count_include_pad: 1 }));
  const dense = Array.from({ length: 3 }, (_, i) => Array.from(numbers(15, 'dense', i)));
  const graph = network.build(network.gemm(network.reshape(averaged, [15]), dense));
  const x = numbers(34, 'x');
  for (const rule of ['epsilon-0.1', 'zplus', 'alpha2-beta1', 'gamma-0.25', 'wsquare', 'flat']) {
    const { relevance } = await explain(graph, uniform(rule), [x], [0]);
    const reference = new Reference(graph, x);
    const start = reference.logits.map((logit, i) => (i === 0 ? logit : 0));
    const ruleOf = ({ op }: { op: string }) => (op === 'Conv' || op === 'Gemm' ? rule : 'proportional');
    expect(
      relativeError(relevance[0] as Float32Array, reference.relevance(start, ruleOf)),
      rule,
    ).toBeLessThan(1e-5);
  }
});

describe('max pooling', () => {
  /** Relevance of a pool's input when every window carries the number of its position, from 1. */
  async function winners(x: number[][], attributes: object): Promise<number[]> {
    const network = new NetworkBuilder([1, x.length, x[0]?.length as number]);
    const pooled = network.add('MaxPool', [network.input], attributes);
    const graph = network.build(network.reshape(pooled, [4]));
    const { relevance } = await explain(graph, lrp(), [Float32Array.from(x.flat())], [0], {
      start: 'one',
      carried: [1, 2, 3, 4],
    });
    return Array.from(relevance[0] as Float32Array);
  }

  test('of equal numbers the first in reading order wins', async () => {
    const x = [
      [0, 7, 7, 0],
      [7, 7, 0, 7],
      [1, 1, 5, 5],
      [1, 1, 5, 5],
    ];
    expect(await winners(x, pool([2, 2], [2, 2], [0, 0, 0, 0]))).toEqual([
      0, 1, 2, 0, 0, 0, 0, 0, 3, 0, 4, 0, 0, 0, 0, 0,
    ]);
  });

  test('a number that wins several windows gets the sum', async () => {
    const x = [
      [0, 0, 0],
      [0, 9, 0],
      [0, 0, 0],
    ];
    expect(await winners(x, pool([2, 2], [1, 1], [0, 0, 0, 0]))).toEqual([0, 0, 0, 0, 10, 0, 0, 0, 0]);
  });

  test.each([
    ['3 x 3', pool([3, 3], [1, 1], [1, 1, 1, 1]), [16, 6, 7]],
    ['2 x 4, uneven pads', pool([2, 4], [1, 1], [0, 1, 1, 2]), [16, 6, 7]],
    ['of 3, one axis', pool([3], [1], [1, 1]), [32, 11]],
    ['3 x 3 by 2, beyond the end', pool([3, 3], [2, 2], [0, 0, 1, 1]), [16, 8, 6]],
    ['3 x 3 by 2, odd sizes', pool([3, 3], [2, 2], [0, 0, 0, 0]), [16, 7, 9]],
    ['2 x 2 by 2, rest unread', pool([2, 2], [2, 2], [0, 0, 0, 0]), [16, 6, 7]],
    ['5 x 4 by 3 and 1, uneven pads', pool([5, 4], [3, 1], [2, 0, 3, 2]), [16, 11, 7]],
    ['3 x 5 by 3 and 4, padded', pool([3, 5], [3, 4], [1, 2, 1, 1]), [16, 10, 9]],
    ['of 3 by 2, one axis', pool([3], [2], [1, 1]), [32, 10]],
  ])('comparing with the maximum, many equal numbers: %s', async (_, attributes, shape) => {
    const network = new NetworkBuilder(shape);
    const hidden = network.add('Relu', [network.input]);
    const pooled = network.add('MaxPool', [hidden], attributes);
    const size = sizeOf((inferShapes(network.build(pooled)).get(pooled) as number[]).slice(1));
    const weights = [Array.from(numbers(size, 'dense')), Array.from(numbers(size, 'dense', 2))];
    const graph = network.build(network.gemm(network.reshape(pooled, [size]), weights));
    const x = numbers(sizeOf(shape), 'x').map((value) => Math.round(3 * value));
    const { relevance } = await explain(graph, uniform('epsilon-0.1'), [x], [1]);
    const reference = new Reference(graph, x);
    const expected = reference.relevance([0, reference.logits[1] as number], () => 'epsilon-0.1');
    expect(relativeError(relevance[0] as Float32Array, expected)).toBeLessThan(1e-6);

    const gradient: Composite = [{ match: {}, rule: 'gradient' }];
    const slopes = await explain(graph, gradient, [x], [1], { start: 'one' });
    const passed = reference.relevance([0, 1], ({ op }) => (op === 'Gemm' ? 'gradient' : 'proportional'));
    const active = passed.map((slope, i) => ((x[i] as number) > 0 ? slope : 0));
    expect(relativeError(slopes.relevance[0] as Float32Array, active)).toBeLessThan(1e-6);
  });

  test('padding never wins, not even over negative numbers', async () => {
    const x = [
      [-3, -2],
      [-5, -4],
    ];
    expect(await winners(x, pool([2, 2], [2, 2], [1, 1, 1, 1]))).toEqual([1, 2, 3, 4]);
  });
});

describe('products of two computed values', () => {
  const gated: Body = (network, x) => ({
    value: network.add('Mul', [network.add('Sigmoid', [x]), conv(network, x, 4, 4, 'signal')]),
    shape: [4, 9, 8],
  });

  test('are refused under LRP, by name and with the way out', () => {
    const compile = () =>
      compileExplanation(networkOf(gated), [
        { composite: uniform('zplus'), start: 'logit', ends: [{ output: 'relevance' }] },
      ]);
    expect(compile).toThrow(/^Mul 'Mul' is a gate.*\{match: \{op: Mul\}, rule: gate\}/);
    const swish = networkOf(activation('HardSwish'));
    expect(() =>
      compileExplanation(swish, [
        { composite: uniform('zplus'), start: 'logit', ends: [{ output: 'relevance' }] },
      ]),
    ).toThrow(/^HardSwish 'HardSwish' is a gate/);
  });

  test('with rule gate the signal takes all: as if the sigmoid were a constant factor', async () => {
    const graph = networkOf(gated);
    const composite = [{ match: { op: 'Mul' }, rule: 'gate' }, ...uniform('epsilon-0.1')];
    const { relevance, logits } = await explain(graph, composite, [input], [target]);
    const reference = new Reference(graph, input);
    const gate = reference.values.get('Sigmoid') as Float64Array;
    const constant = networkOf((network, x) => ({
      value: network.add('Mul', [conv(network, x, 4, 4, 'signal'), network.constant([4, 9, 8], gate)]),
      shape: [4, 9, 8],
    }));
    const same = new Reference(constant, input);
    expect(relativeError(logits, same.logits)).toBeLessThan(1e-6);
    const start = same.logits.map((logit, i) => (i === target ? logit : 0));
    const expected = same.relevance(start, ({ op }) => (op === 'Mul' ? 'pass' : 'epsilon-0.1'));
    expect(relativeError(relevance[0] as Float32Array, expected)).toBeLessThan(1e-5);
  });
});

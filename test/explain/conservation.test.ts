import { describe, expect, test } from 'vitest';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { type Composite, lrp, uniform } from '../../src/explain/composites.js';
import { type Conservation, takenInAll } from '../../src/explain/conservation.js';
import { checkConservation, createConservationCheck } from '../../src/explain/conservation-check.js';
import type { ExplainOptions } from '../../src/explain/request.js';
import type { Graph } from '../../src/graph/graph.js';
import { sizeOf } from '../../src/graph/tensor.js';
import { Reference } from './dense.js';
import { explain, NetworkBuilder, networkFrom, numbers } from './networks.js';

/** A random classifier: convolutions with stride, padding and groups, ReLU, max pool, residual sum, dense. */
function randomNetwork(seed: number, bias: boolean): Graph {
  const build = new NetworkBuilder([4, 13, 11]);
  const conv = (
    x: string,
    channels: number,
    filters: number,
    kernel: number,
    stride: number,
    group: number,
  ) => {
    const dims = [filters, channels / group, kernel, kernel];
    const weights = build.constant(dims, numbers(sizeOf(dims), 'w', seed, x));
    const offset = bias ? [build.constant([filters], numbers(filters, 'b', seed, x))] : [];
    return build.add('Conv', [x, weights, ...offset], {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [1, 1, 1, 1],
      dilations: [1, 1],
      group,
    });
  };
  const first = build.add('Relu', [conv(build.input, 4, 6, 3, 1, 2)]);
  const window = { kernel_shape: [3, 3], strides: [2, 2], pads: [0, 0, 1, 1] };
  const pooled = build.add('MaxPool', [first], window);
  const branch = build.add('Relu', [conv(pooled, 6, 6, 3, 1, 1)]);
  const strided = build.add('Relu', [conv(build.add('Add', [pooled, branch]), 6, 5, 3, 2, 1)]);
  const size = 5 * 3 * 3;
  const weights = Array.from({ length: 3 }, (_, i) => Array.from(numbers(size, 'dense', seed, i)));
  return build.build(
    build.gemm(build.reshape(strided, [size]), weights, bias ? [0.5, -0.5, 0.2] : undefined),
  );
}

const SEEDS = [1, 2, 3, 4, 5];
const inputOf = (seed: number) => numbers(4 * 13 * 11, 'input', seed);

async function totals(composite: Composite, seed: number) {
  const bounds = { low: [-1], high: [1] };
  const { logits, relevance } = await explain(randomNetwork(seed, false), composite, [inputOf(seed)], [0], {
    bounds,
  });
  return { start: logits[0] as number, end: (relevance[0] as Float32Array).reduce((a, b) => a + b, 0) };
}

describe('without biases the relevance of the input sums up to the logit', () => {
  const onFirst = (rule: string): Composite =>
    lrp({ match: { op: 'Conv', position: 'first' }, rule }, ...uniform('zplus'));
  test.each([
    ['zplus', uniform('zplus')],
    ['wsquare on the first layer', onFirst('wsquare')],
    ['flat on the first layer', onFirst('flat')],
    ['zbox on the first layer', onFirst('zbox')],
    ['epsilon-1e-9', uniform('epsilon-1e-9')],
  ])('%s', async (_, composite) => {
    for (const seed of SEEDS) {
      const { start, end } = await totals(composite, seed);
      expect(Math.abs(end - start) / Math.abs(start), `seed ${seed}`).toBeLessThan(1e-5);
    }
  });

  test('alpha-beta where every neuron has contributions of both signs', async () => {
    const build = new NetworkBuilder([20]);
    // Every row has both signs, and ReLU with a shift keeps the inputs positive.
    const weights = (rows: number, columns: number, key: string) =>
      Array.from({ length: rows }, (_, i) => Array.from(numbers(columns, key, i)));
    const hidden = build.add('Sigmoid', [build.gemm(build.input, weights(12, 20, 'a'))]);
    const graph = build.build(build.gemm(hidden, weights(4, 12, 'b')));
    for (const rule of ['alpha2-beta1', 'alpha3-beta2', 'alpha1.5-beta0.5']) {
      const { logits, relevance } = await explain(graph, uniform(rule), [numbers(20, 'x')], [2]);
      const end = (relevance[0] as Float32Array).reduce((a, b) => a + b, 0);
      expect(Math.abs(end / (logits[2] as number) - 1), rule).toBeLessThan(1e-5);
    }
  });
});

describe('the ledger', () => {
  async function check(method: string, graph: Graph, options: ExplainOptions = {}): Promise<Conservation> {
    const network = networkFrom(graph);
    const { check, release } = await createConservationCheck(onnxruntime, network, method, options);
    const [result] = await check([{ id: 'x', input: inputOf(1), target: 0 }]);
    await release();
    return result as Conservation;
  }

  test('balances at every layer: received = passed + bias + absorbed', async () => {
    const { layers, start, end } = await check('lrp-epsilon-0.5', randomNetwork(1, true));
    expect(layers.map(({ op, rule }) => `${op} ${rule}`)).toEqual([
      'Gemm epsilon-0.5',
      'Conv epsilon-0.5',
      'Add proportional',
      'Conv epsilon-0.5',
      'Conv epsilon-0.5',
    ]);
    for (const { op, received, passed, bias, absorbed } of layers) {
      expect(passed + bias + absorbed).toBeCloseTo(received, 5);
      expect(bias !== 0).toBe(op !== 'Add');
    }
    const [top] = layers;
    expect(top?.received).toBe(start);
    expect((layers.at(-1)?.passed as number) / end).toBeCloseTo(1, 6);
  });

  test('names the bias: R b / (z + e) of the one neuron that carries relevance', async () => {
    const build = new NetworkBuilder([2]);
    const graph = build.build(build.gemm(build.input, [[2, 1], [1, 1]], [3, 1])); // biome-ignore format: a matrix
    const network = networkFrom(graph);
    const { check, release } = await createConservationCheck(onnxruntime, network, 'lrp-epsilon-2');
    const [result] = await check([{ id: 'x', input: Float32Array.of(1, 3), target: 0 }]);
    await release();
    // z = 8, R = 8, denominator 10: inputs 2 and 3 get 5 * 8/10, the bias 3 * 8/10, the stabiliser 2 * 8/10.
    expect(result?.start).toBe(8);
    const [layer] = result?.layers ?? [];
    expect(layer?.passed).toBeCloseTo(4, 6);
    expect(layer?.bias).toBeCloseTo(2.4, 6);
    expect(layer?.absorbed).toBeCloseTo(1.6, 6);
    expect(layer?.magnitude).toBeCloseTo(4, 6);
  });

  test('names constants of a sum: a token of its own, places, what is added to scores', async () => {
    const build = new NetworkBuilder([2, 2]);
    const same = build.constant([2, 2], [1, 0, 0, 1]);
    const embedded = build.add('Gemm', [build.input, same], { transB: 1, places: 1 });
    const padded = build.add('Pad', [embedded, build.builder.ints([0, 1, 0, 0, 0, 0])]);
    const tokens = build.add('Add', [padded, build.constant([1, 3, 2], [7, -2, 1, 2, -1, 0.5])]);
    const shifted = build.add('Add', [tokens, build.constant([1, 1, 2], [0.5, 0.25])]);
    const scores = build.add('Add', [tokens, build.constant([1, 1, 2], [0, -1])]);
    const soft = build.add('Softmax', [build.add('Mul', [scores, build.constant([1, 1, 1], [2])])], {
      axis: 2,
    });
    const both = build.reshape(build.add('Concat', [shifted, soft], { axis: 1 }), [12]);
    const weights = [1, 2, 3, -1, 2, 1, 0, 0, 0, 0, 0, 0];
    const network = networkFrom(build.build(build.gemm(both, [weights], [4])));
    const { check, release } = await createConservationCheck(onnxruntime, network, 'attnlrp');
    const input = Float32Array.of(1, -2, 3, 0.5);
    const [found] = await check([{ id: 'x', input, target: 0 }]);
    await release();
    const dot = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);
    const own = weights.slice(0, 6);
    const expected = {
      bias: 4,
      summand: dot([0.5, 0.25, 0.5, 0.25], own.slice(2)),
      'class token': dot([7.5, -1.75], own.slice(0, 2)),
      positions: dot([1, 2, -1, 0.5], own.slice(2)),
    };
    const told = Object.fromEntries(
      takenInAll(found?.layers ?? []).map(({ by, relevance }) => [by, relevance]),
    );
    expect(Object.keys(told).sort()).toEqual(expect.arrayContaining(Object.keys(expected)));
    for (const [by, relevance] of Object.entries(expected)) expect(told[by], by).toBeCloseTo(relevance, 5);
    expect(Object.keys(told)).toContain('bias or mask of scores');
    expect(found?.end).toBeCloseTo(dot([...input], own.slice(2)), 5);
  });

  test.each([
    // z+ = 2 + 3, z- = -3, R = 2: the bias takes 2 * 2 * 3/5 of what goes to positive contributions.
    { weights: [2, -1], bias: 3, x: [1, 3], passed: 2 * 2 * (2 / 5) - 2, took: 2 * 2 * (3 / 5) },
    // z+ = 4, z- = -1 - 1, R = 2: the bias gets half of what is taken from negative ones.
    { weights: [4, -1], bias: -1, x: [1, 1], passed: 2 * 2 - 1, took: -1 },
  ])('weighs the bias like any contribution: alpha 2 beta 1, b = $bias', async (layer) => {
    const build = new NetworkBuilder([2]);
    const network = networkFrom(build.build(build.gemm(build.input, [layer.weights], [layer.bias])));
    const { check, release } = await createConservationCheck(onnxruntime, network, 'lrp-alpha2-beta1');
    const [result] = await check([{ id: 'x', input: Float32Array.from(layer.x), target: 0 }]);
    await release();
    const [balance] = result?.layers ?? [];
    expect(balance?.passed).toBeCloseTo(layer.passed, 5);
    expect(balance?.bias).toBeCloseTo(layer.took, 5);
    expect(balance?.absorbed).toBeCloseTo(0, 5);
  });

  test('flags relevance that grows beyond 1000 times its start', async () => {
    const build = new NetworkBuilder([2]);
    const hidden = build.gemm(build.input, [[5000, -5000], [1, 1]]); // biome-ignore format: a matrix
    const graph = build.build(build.gemm(hidden, [[1, 1], [1, 0]])); // biome-ignore format: a matrix
    const network = networkFrom(graph);
    const run = async (x: [number, number]) => {
      const { check, release } = await createConservationCheck(onnxruntime, network, 'lrp-epsilon-1e-6');
      const [result] = await check([{ id: 'x', input: Float32Array.from(x), target: 0 }]);
      await release();
      return result?.blownUp;
    };
    expect(await run([2, 1])).toBe(false);
    expect(await run([1.00001, 1])).toBe(true);
  });

  const HEADS: Record<string, (build: NetworkBuilder, heads: string[]) => string> = {
    'joined side by side': (build, heads) => build.add('Concat', heads, { axis: 1 }),
    'joined and cut': (build, heads) => {
      const bounds = [[1], [5], [1], [1]].map((list) => build.builder.ints(list));
      return build.add('Slice', [build.add('Concat', heads, { axis: 1 }), ...bounds]);
    },
    'summed up': (build, heads) => build.add('Add', heads),
    'behind an activation': (build, heads) => build.add('LeakyRelu', [build.add('Concat', heads, { axis: 1 })], { alpha: { float: 0.5 } }), // biome-ignore format: table
  };

  test.each(Object.keys(HEADS))('starts at the logits of heads that are %s', async (name) => {
    const build = new NetworkBuilder([2]);
    const hidden = build.add('Relu', [build.gemm(build.input, [[1, 2], [3, 1]])]); // biome-ignore format: a matrix
    const heads = [build.gemm(hidden, [[1, 1], [1, 2], [2, 1]]), build.gemm(hidden, [[4, 1], [2, 2], [1, 1]])]; // biome-ignore format: matrices
    const network = networkFrom(build.build((HEADS[name] as (typeof HEADS)[string])(build, heads)));
    const { check, release } = await createConservationCheck(onnxruntime, network, 'lrp-epsilon-1e-6');
    // What the last class reads is carried by the second head only, and by both where they are summed.
    const target = network.classes - 1;
    const [result] = await check([{ id: 'x', input: Float32Array.of(1, 1), target }]);
    await release();
    const { logits } = new Reference(network.graph, [1, 1]);
    expect(result?.start).toBeCloseTo(logits[target] as number, 5);
    expect(result?.end).toBeCloseTo(logits[target] as number, 4);
    expect(result?.blownUp).toBe(false);
  });

  test('checks a network that has no layer', async () => {
    const build = new NetworkBuilder([3]);
    const network = networkFrom(build.build(build.add('Relu', [build.input])));
    const { check, release } = await createConservationCheck(onnxruntime, network, 'lrp-zplus');
    const results = await check([{ id: 'x', input: Float32Array.of(1, 2, 3), target: 1 }]);
    await release();
    expect(results).toEqual([{ start: 2, end: 2, layers: [], blownUp: false }]);
  });

  test('is for methods that redistribute relevance', async () => {
    const build = new NetworkBuilder([2]);
    const network = networkFrom(build.build(build.gemm(build.input, [[1, 2], [3, 4]]))); // biome-ignore format: a matrix
    const request = { id: 'x', input: Float32Array.of(1, 1), target: 0 };
    const methods = ['gradient', 'lrp-zplus', 'random', 'deep-taylor'];
    const found = await checkConservation(onnxruntime, network, methods, {}, [request]);
    expect([...found.keys()]).toEqual(['lrp-zplus', 'deep-taylor']);
    await expect(check('sensitivity-l2', randomNetwork(1, true))).rejects.toThrow('nothing to check');
  });
});

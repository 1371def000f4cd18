import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { uniform } from '../../src/explain/composites.js';
import type { Graph } from '../../src/graph/graph.js';
import { sizeOf } from '../../src/graph/tensor.js';
import { loadNetwork } from '../../src/import/network.js';
import { randomStream } from '../../src/random.js';
import { hasShared, needsShared, shared } from '../shared.js';
import { Reference } from './dense.js';
import { explain, NetworkBuilder, numbers, relativeError } from './networks.js';

/** Rules whose denominators are sums of one sign, or of what a bound leaves. */
const RULES = ['zplus', 'alpha2-beta1', 'alpha3-beta2', 'alpha1.5-beta0.5', 'gamma-0.25', 'gamma-2', 'zbox'];

/** The pixel range minus a mean: what the bounds of zbox are here. */
const [LOW, HIGH] = [-123, 132];

describe.each([100, 1000, 1e4, 1e5, 1e6])('W = (%d, -0.001) on (1, 1)', (large) => {
  const x = Float32Array.of(1, 1);
  const z = large - 1e-3;
  const expected = [(2 * z * large) / (large + 1e-6), (-z * 1e-3) / (1e-3 + 1e-6)];

  test('alpha 2 beta 1 by hand', async () => {
    const network = new NetworkBuilder([2]);
    const graph = network.build(network.gemm(network.input, [[large, -1e-3]]));
    const { relevance } = await explain(graph, uniform('alpha2-beta1'), [x], [0]);
    expect(near(relevance[0], expected)).toBeLessThan(1e-6);
  });

  test.skipIf(!hasShared)(`the network as a file${needsShared}`, async () => {
    const file = `m${large === 1e6 ? '1e+06' : large}.onnx`;
    const { graph } = await loadNetwork({ weights: shared('cases', 'c09-cancellation', file) });
    const { relevance } = await explain(graph, uniform('alpha2-beta1'), [x], [0]);
    expect(near(relevance[0], expected)).toBeLessThan(1e-6);
  });
});

/** The largest relative error of a number. */
function near(got: Float32Array | undefined, expected: readonly number[]): number {
  return Math.max(...expected.map((value, i) => Math.abs((got?.[i] as number) / value - 1)));
}

test('a dense layer of 512 inputs with four tiny negative weights a neuron', async () => {
  const network = new NetworkBuilder([512]);
  const weights = Array.from({ length: 8 }, (_, j) =>
    Array.from(numbers(512, 'w', j), (w, i) => (i % 128 === j ? -1e-4 : 1) * Math.abs(w)),
  );
  const graph = network.build(network.gemm(network.input, weights));
  const x = numbers(512, 'x').map(Math.abs);
  const { relevance } = await explain(graph, uniform('alpha2-beta1'), [x], [3]);
  const reference = new Reference(graph, x);
  const start = reference.logits.map((logit, j) => (j === 3 ? logit : 0));
  const expected = reference.relevance(start, () => 'alpha2-beta1');
  expect(relativeError(relevance[0] as Float32Array, expected)).toBeLessThan(1e-6);
});

/**
 * Weights whose positive and negative numbers differ by up to ten orders of magnitude, neuron by neuron; some neurons
 * are dead, some have one sign only, some numbers are equal.
 */
function weightsOf(neurons: number, inputs: number, seed: number): Float32Array {
  const scales = randomStream('scales', seed);
  return numbers(neurons * inputs, 'w', seed).map((w, i) => {
    const neuron = Math.floor(i / inputs);
    const exponent = (side: number) => 10 * scales.uniform(2 * neuron + side) - 5;
    const kind = Math.floor(8 * scales.uniform(2 * neurons + neuron));
    if (kind === 0) return 0;
    if (kind === 1) return Math.abs(w);
    if (kind === 2) return -Math.abs(w);
    if (kind === 3) return Math.sign(w);
    return w * 10 ** exponent(w > 0 ? 0 : 1);
  });
}

/** Numbers of an image's scale, a third of them on the bounds or zero. */
function pixels(count: number, seed: number): Float32Array {
  const draws = randomStream('pixels', seed).uniforms(count);
  return draws.map((u) => {
    if (u < 0.1) return LOW;
    if (u < 0.2) return HIGH;
    return u < 0.35 ? 0 : LOW + (HIGH - LOW) * u;
  });
}

const layers = fc.record({
  group: fc.integer({ min: 1, max: 3 }),
  channelsOfGroup: fc.integer({ min: 1, max: 3 }),
  filtersOfGroup: fc.integer({ min: 1, max: 4 }),
  kernel: fc.integer({ min: 1, max: 3 }),
  stride: fc.integer({ min: 1, max: 2 }),
  biased: fc.boolean(),
  rectifiedInput: fc.boolean(),
  rectifiedOutput: fc.boolean(),
  seed: fc.nat(),
});

type Layer = typeof layers extends fc.Arbitrary<infer T> ? T : never;

const SIDE = 5;

function convolution(layer: Layer): Graph {
  const { group, channelsOfGroup, filtersOfGroup, kernel, stride, biased, seed } = layer;
  const network = new NetworkBuilder([group * channelsOfGroup, SIDE, SIDE]);
  const dims = [group * filtersOfGroup, channelsOfGroup, kernel, kernel];
  const weights = network.constant(dims, weightsOf(dims[0] as number, sizeOf(dims.slice(1)), seed));
  const bias = biased ? [network.constant([dims[0] as number], weightsOf(dims[0] as number, 1, seed + 1))] : []; // biome-ignore format: one line
  const x = layer.rectifiedInput ? network.add('Relu', [network.input]) : network.input;
  const value = network.add('Conv', [x, weights, ...bias], {
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    pads: [1, 0, 0, 1],
    dilations: [1, 1],
    group,
  });
  const side = Math.floor((SIDE + 1 - kernel) / stride) + 1;
  const output = layer.rectifiedOutput ? network.add('Relu', [value]) : value;
  return network.build(network.reshape(output, [group * filtersOfGroup * side * side]));
}

function dense({ channelsOfGroup, filtersOfGroup, ...layer }: Layer): Graph {
  const [inputs, neurons] = [40 * channelsOfGroup, filtersOfGroup];
  const network = new NetworkBuilder([inputs]);
  const weights = weightsOf(neurons, inputs, layer.seed);
  const rows = Array.from({ length: neurons }, (_, j) => [...weights.slice(j * inputs, (j + 1) * inputs)]);
  const x = layer.rectifiedInput ? network.add('Relu', [network.input]) : network.input;
  const value = network.gemm(x, rows, layer.biased ? [...weightsOf(neurons, 1, layer.seed + 1)] : undefined);
  return network.build(layer.rectifiedOutput ? network.add('Relu', [value]) : value);
}

describe.each([
  ['convolutions', convolution],
  ['dense layers', dense],
])('%s keep the digits of every share', (_, build) => {
  test.each(RULES)('%s', async (rule) => {
    await fc.assert(
      fc.asyncProperty(layers, async (given) => {
        const layer = rule === 'zbox' ? { ...given, rectifiedInput: false } : given;
        const graph = build(layer);
        const x = pixels(sizeOf(graph.inputs[0]?.shape.slice(1) ?? []), layer.seed);
        const reference = new Reference(graph, x);
        const carried = numbers(reference.logits.length, 'R', layer.seed);
        const { logits, relevance } = await explain(graph, uniform(rule), [x], [], {
          carried: [...carried],
          bounds: { low: [LOW], high: [HIGH] },
        });
        // What starts is the logits as computed: their own error is the forward pass's.
        const start = carried.map((r, j) => r * (logits[j] as number));
        const ruleOf = (name: string) => (node: { op: string }) => (node.op === 'Relu' ? 'pass' : name);
        const expected = reference.relevance(start, ruleOf(rule), LOW, HIGH);
        const scale = reference.relevance(start.map(Math.abs), ruleOf(`|${rule}|`), LOW, HIGH);
        expected.forEach((value, i) => {
          const error = Math.abs((relevance[0]?.[i] as number) - value);
          expect(error, `input ${i}`).toBeLessThanOrEqual(1e-5 * (scale[i] as number) + 1e-30);
        });
      }),
      { numRuns: 40, seed: 11 },
    );
  });
});

/** The reference's formulas for slopes that a saturated activation leaves. */
const SLOPES: Record<string, (x: number) => number> = {
  Sigmoid: (x) => Math.exp(-x) / (1 + Math.exp(-x)) ** 2,
  Tanh: (x) => 1 / Math.cosh(x) ** 2,
  Elu: (x) => (x > 0 ? 1 : Math.exp(x)),
};

test.each(Object.keys(SLOPES))(
  '%s: the derivative keeps its digits where the activation saturates',
  async (op) => {
    const network = new NetworkBuilder([1]);
    const graph = network.build(network.add(op, [network.input]));
    for (const x of [-30, -17.5, -12, -3, 0, 0.5, 4, 9, 17, 25]) {
      const gradient = [{ match: {}, rule: 'gradient' }];
      const { relevance } = await explain(graph, gradient, [Float32Array.of(x)], [0], { start: 'one' });
      expect((relevance[0]?.[0] as number) / (SLOPES[op]?.(x) as number), `at ${x}`).toBeCloseTo(1, 5);
    }
  },
);

test.each([[[1e4, 1, 1e-3, 0.5, 2e3, 1]], [[1e-3, 30, 1e-3, 1e3, 1e-2, 0]]])(
  'LRN in Taylor form beside much larger channels: %j',
  async (x) => {
    const network = new NetworkBuilder([6, 1, 1]);
    const attributes = {
      size: 3,
      channels: 6,
      alpha: { float: 3 },
      beta: { float: 0.75 },
      bias: { float: 1 },
    };
    const graph = network.build(network.reshape(network.add('LRN', [network.input], attributes), [6]));
    const composite = [{ match: { op: 'LRN' }, rule: 'taylor' }, ...uniform('zplus')];
    const carried = x.map(() => 1);
    const input = Float32Array.from(x);
    const { relevance } = await explain(graph, composite, [input], [], { start: 'one', carried });
    const expected = new Reference(graph, input).relevance(carried, () => 'taylor');
    expected.forEach((value, i) => {
      expect(relevance[0]?.[i], `channel ${i}`).toBeCloseTo(value, 5);
    });
  },
);

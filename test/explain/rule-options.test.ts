import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assignRules } from '../../src/explain/assign.js';
import { compositesSchema, lrp } from '../../src/explain/composites.js';
import type { Graph, Node } from '../../src/graph/graph.js';
import { Reference } from './dense.js';
import { explain, NetworkBuilder, numbers, relativeError } from './networks.js';

const layers = fc.record({
  rectifiedInput: fc.boolean(),
  rectifiedOutput: fc.boolean(),
  dense: fc.boolean(),
  seed: fc.nat(),
});

type Layer = typeof layers extends fc.Arbitrary<infer T> ? T : never;

/** A convolution of [2, 4, 4], or a dense layer of the same numbers, with biases as large as its sums. */
function graphOf({ rectifiedInput, rectifiedOutput, dense, seed }: Layer): Graph {
  const network = new NetworkBuilder([2, 4, 4]);
  const x = rectifiedInput ? network.add('Relu', [network.input]) : network.input;
  const bias = numbers(3, 'b', seed).map((b) => 3 * b);
  if (dense) {
    const weights = Array.from({ length: 3 }, (_, j) => Array.from(numbers(32, 'w', seed, j)));
    const value = network.gemm(network.reshape(x, [32]), weights, [...bias]);
    return network.build(rectifiedOutput ? network.add('Relu', [value]) : value);
  }
  const weights = network.constant([3, 2, 3, 3], numbers(54, 'w', seed));
  const window = { kernel_shape: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1], dilations: [1, 1], group: 1 };
  const value = network.add('Conv', [x, weights, network.constant([3], bias)], window);
  return network.build(network.reshape(rectifiedOutput ? network.add('Relu', [value]) : value, [48]));
}

describe.each([
  [{ stabiliser: 0.3 }, ', stabiliser 0.3'],
  [{ bias: false }, ', no bias'],
  [{ stabiliser: 0.01, bias: false }, ', stabiliser 0.01, no bias'],
  [{ bias: 'spread' as const }, ', bias spread'],
])('%j', (options, written) => {
  const rules = ['epsilon-0.1', 'zplus', 'alpha2-beta1', 'gamma-0.5', 'contrast', 'wsquare', 'flat', 'zbox'];
  const known = (rule: string) => compositesSchema.safeParse({ mine: [{ rule, ...options }] }).success;

  test.each(rules.filter(known))('%s of convolutions and dense layers', async (rule) => {
    await fc.assert(
      fc.asyncProperty(layers, async (given) => {
        const layer = rule === 'zbox' ? { ...given, rectifiedInput: false } : given;
        const graph = graphOf(layer);
        const x = numbers(32, 'x', layer.seed);
        const composite = lrp({ match: { op: ['Conv', 'Gemm'] }, rule, ...options });
        const carried = numbers(new Reference(graph, x).logits.length, 'R', layer.seed);
        const { logits, relevance } = await explain(graph, composite, [x], [], {
          carried: [...carried],
          bounds: { low: [-1], high: [1] },
        });
        const start = carried.map((r, j) => r * (logits[j] as number));
        const ruleOf = ({ op }: Node) => (op === 'Relu' ? 'pass' : `${rule}${written}`);
        const expected = new Reference(graph, x).relevance(start, ruleOf);
        const largest = expected.reduce((max, r) => Math.max(max, Math.abs(r)), 0);
        expect(relativeError(relevance[0] as Float32Array, expected)).toBeLessThan(
          1e-5 * Math.max(1, largest),
        );
      }),
      { numRuns: 12, seed: 3 },
    );
  });
});

test('a stabiliser of sums, average pools and LRN', async () => {
  const network = new NetworkBuilder([4, 2, 2]);
  const attributes = {
    size: 3,
    channels: 4,
    alpha: { float: 0.9 },
    beta: { float: 0.75 },
    bias: { float: 1.5 },
  };
  const sum = network.add('Add', [network.input, network.add('LRN', [network.input], attributes)]);
  const pool = { kernel_shape: [2, 2], strides: [1, 1], pads: [0, 0, 0, 0] };
  const graph = network.build(network.reshape(network.add('AveragePool', [sum], pool), [4]));
  const x = numbers(16, 'x');
  const composite = lrp(
    { match: { op: 'LRN' }, rule: 'taylor', stabiliser: 0.2 },
    { match: { op: ['Add', 'AveragePool'] }, rule: 'proportional', stabiliser: 0.1 },
  );
  const { logits, relevance } = await explain(graph, composite, [x], [], { carried: [1, 1, 1, 1] });
  const ruleOf = ({ op }: Node) => (op === 'LRN' ? 'taylor, stabiliser 0.2' : 'proportional, stabiliser 0.1');
  const expected = new Reference(graph, x).relevance(logits, ruleOf);
  expect(relativeError(relevance[0] as Float32Array, expected)).toBeLessThan(1e-5);
});

test('the least stabiliser does not make infinities of what has nothing to share', async () => {
  const network = new NetworkBuilder([2]);
  const graph = network.build(network.gemm(network.input, [[1, 0], [2, -1]], [0, 5])); // biome-ignore format: a matrix
  for (const rule of ['alpha2-beta1', 'zplus', 'gamma-0.25']) {
    const composite = lrp({ match: {}, rule, stabiliser: 1e-20 });
    for (const x of [
      [0, 0],
      [3, 0],
      [0, 4],
      [-1, 2],
    ]) {
      const { relevance } = await explain(graph, composite, [Float32Array.from(x)], [], { start: 'one', carried: [7, -1e4] }); // biome-ignore format: one line
      expect([...(relevance[0] as Float32Array)].every(Number.isFinite), `${rule} at ${x}`).toBe(true);
    }
  }
});

describe('zeros spread', () => {
  // The five descriptors of six dimensions of ../shared/fisher-vector/golden/zero-dimension.json, pooled by their mean.
  const mapping = [
    [1, 0, -2, 0, 0.5, 3],
    [2, 0, 1, 0, -0.5, 0],
    [0, 0, 4, 0, 1, -1],
    [-1, 0, 0, 0, 2, 0],
    [3, 0, 1, 0, 0, 2],
  ];
  const start = [1, 0.5, -2, 0, 3, -1];
  const shares = async (stabiliser: number) => {
    const network = new NetworkBuilder([5, 6]);
    const behind = network.add('Transpose', [network.input], { perm: [0, 2, 1] });
    const pooled = network.add('AveragePool', [behind], { kernel_shape: [5], strides: [1], pads: [0, 0] });
    const graph = network.build(network.reshape(pooled, [6]));
    const composite = lrp({
      match: { op: 'AveragePool' },
      rule: 'proportional',
      stabiliser,
      zeros: 'spread',
    });
    const x = Float32Array.from(mapping.flat());
    const { relevance } = await explain(graph, composite, [x], [], { start: 'one', carried: start });
    return mapping.map((_, l) => (relevance[0] as Float32Array).slice(6 * l, 6 * l + 6));
  };

  test('dimensions without any mapping are shared out evenly', async () => {
    const [first = new Float32Array()] = await shares(1e-6);
    expect(first[1]).toBeCloseTo(0.1, 6);
    expect(first[3]).toBe(0);
    expect(first[0]).toBeCloseTo(0.2, 6);
  });

  test.each([
    [
      1e-6,
      [
        1.0499986541686464, -0.49999894166843684, -0.6499994791666232, 1.8999968666720224,
        -0.29999935000096245,
      ],
    ],
    [
      0.01,
      [
        1.0367366609156363, -0.4895908352219557, -0.6447885043513458, 1.8691933127739007,
        -0.29359491504706026,
      ],
    ],
  ])('epsilon %d: by hand', async (stabiliser, expected) => {
    const sums = (await shares(stabiliser)).map((row) => row.reduce((sum, r) => sum + r, 0));
    expect(relativeError(Float32Array.from(sums), expected)).toBeLessThan(1e-6);
  });

  test('is for average pools', async () => {
    const network = new NetworkBuilder([2]);
    const graph = network.build(network.add('Add', [network.input, network.input]));
    const composite = lrp({ match: {}, rule: 'proportional', zeros: 'spread' });
    await expect(explain(graph, composite, [new Float32Array(2)], [0])).rejects.toThrow(
      'is for average pools',
    );
  });
});

describe('options of a line', () => {
  test.each([
    [{ rule: 'epsilon-0.1', stabiliser: 0.1 }, 'rule epsilon-0.1 takes no stabiliser'],
    [{ rule: 'pass', stabiliser: 0.1 }, 'rule pass takes no stabiliser'],
    [{ rule: 'flat', bias: false }, 'rule flat takes no bias'],
    [{ rule: 'zplus', stabiliser: 0 }, 'Too small'],
    [{ rule: 'zplus', stabiliser: -1 }, 'Too small'],
    [{ rule: 'zplus', bias: 'zero' }, 'Invalid'],
    [{ rule: 'zplus', zeros: 'spread' }, 'rule zplus takes no zeros'],
  ])('%j is refused', (line, message) => {
    const { error } = compositesSchema.safeParse({ mine: [line] });
    expect(JSON.stringify(error?.issues)).toContain(message);
  });

  test('stand beside the rule of a layer', () => {
    const network = new NetworkBuilder([2]);
    const graph = network.build(network.gemm(network.input, [[1, 2]])); // biome-ignore format: a matrix
    const of = (options: object) =>
      [...assignRules(graph, [{ match: {}, rule: 'zplus', ...options }]).values()].map(({ name }) => name);
    expect(of({ stabiliser: 1e-9, bias: false })).toEqual(['zplus, stabiliser 1e-9, no bias']);
    expect(of({ bias: true })).toEqual(['zplus']);
  });
});

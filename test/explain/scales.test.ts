import { describe, expect, test } from 'vitest';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { type Composite, lrp, uniform } from '../../src/explain/composites.js';
import { createConservationCheck } from '../../src/explain/conservation-check.js';
import type { Graph, Node } from '../../src/graph/graph.js';
import { Reference } from './dense.js';
import { explain, NetworkBuilder, networkFrom, numbers, relativeError } from './networks.js';

/** What stands between a convolution's sum with its input and a ReLU before the next: it can be part of neither. */
type Scale = (network: NetworkBuilder, x: string) => string;

const SCALES: Record<string, Scale> = {
  BatchNormalization: (network, x) => {
    const [scale, shift, mean, variance] = ['scale', 'shift', 'mean', 'variance'].map((key) => {
      const values = numbers(3, key);
      return network.constant([3], key === 'variance' ? values.map((v) => v + 1.1) : values);
    }) as [string, string, string, string];
    return network.add('BatchNormalization', [x, scale, shift, mean, variance], { epsilon: { float: 0.01 } });
  },
  'Mul by one number a channel': (network, x) =>
    network.add('Mul', [x, network.constant([3, 1, 1], [0.5, -2, 1.5])]),
  'Mul by one number a place': (network, x) =>
    network.add('Mul', [x, network.constant([4, 5], numbers(20, 'places'))]),
};

function preActivation(scale: Scale): Graph {
  const network = new NetworkBuilder([3, 4, 5]);
  const window = { kernel_shape: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1], dilations: [1, 1], group: 1 };
  const conv = (x: string, key: string) =>
    network.add('Conv', [x, network.constant([3, 3, 3, 3], numbers(81, key)), network.constant([3], numbers(3, `${key}b`))], window); // biome-ignore format: one line
  const first = conv(network.input, 'first');
  const sum = network.add('Add', [first, conv(network.add('Relu', [scale(network, first)]), 'second')]);
  const hidden = network.add('Relu', [scale(network, sum)]);
  const dense = Array.from({ length: 3 }, (_, j) => Array.from(numbers(60, 'dense', j)));
  return network.build(network.gemm(network.reshape(hidden, [60]), dense));
}

const input = numbers(60, 'x');

async function agrees(graph: Graph, composite: Composite, scaleRule: string, rule: string): Promise<void> {
  const reference = new Reference(graph, input);
  const { logits, relevance } = await explain(graph, composite, [input], [1]);
  expect(relativeError(logits, reference.logits)).toBeLessThan(1e-6);
  const start = reference.logits.map((logit, j) => (j === 1 ? logit : 0));
  const ruleOf = ({ op }: Node) => {
    if (op === 'BatchNormalization' || op === 'Mul') return scaleRule;
    return op === 'Conv' || op === 'Gemm' ? rule : 'proportional';
  };
  expect(relativeError(relevance[0] as Float32Array, reference.relevance(start, ruleOf))).toBeLessThan(2e-5);
}

describe.each(Object.entries(SCALES))('%s', (_, scale) => {
  const graph = preActivation(scale);

  test('relevance passes', async () => {
    for (const rule of ['alpha2-beta1', 'zplus']) await agrees(graph, uniform(rule), 'pass', rule);
  });

  test.each(['epsilon-0.1', 'zplus', 'alpha2-beta1', 'gamma-0.25', 'wsquare', 'flat', 'zplus, no bias'])(
    'takes %s in a composite',
    async (written) => {
      const [rule = '', unbiased] = written.split(', ');
      const line = { match: { op: ['BatchNormalization', 'Mul'] }, rule, ...(unbiased && { bias: false }) };
      await agrees(graph, lrp(line, ...uniform('epsilon-0.1')), written, 'epsilon-0.1');
    },
  );

  test('by name', async () => {
    const line = { match: { name: '*' }, rule: 'epsilon-0.1' };
    const names = graph.nodes.filter(({ op }) => op === 'Mul' || op === 'BatchNormalization');
    const lines = names.map(({ name }) => ({ ...line, match: { name } }));
    await agrees(graph, lrp(...lines, ...uniform('zplus')), 'epsilon-0.1', 'zplus');
  });
});

test('the gradient of a constant written first, and its relevance', async () => {
  const network = new NetworkBuilder([3]);
  const scaled = network.add('Mul', [network.constant([3], [2, -1, 0.5]), network.input]);
  const graph = network.build(network.gemm(scaled, [[1, 2, 3]])); // biome-ignore format: a matrix
  const x = Float32Array.of(1, -2, 3);
  const gradient = await explain(graph, [{ match: {}, rule: 'gradient' }], [x], [0], { start: 'one' });
  expect([...(gradient.relevance[0] as Float32Array)]).toEqual([2, -2, 1.5]);
  const composite = lrp({ match: { op: 'Gemm' }, rule: 'epsilon-0' });
  const { relevance } = await explain(graph, composite, [x], [0]);
  expect([...(relevance[0] as Float32Array)]).toEqual([2, 4, 4.5]);
});

test('a scale with a bias is weighed in the ledger', async () => {
  const network = new NetworkBuilder([2]);
  const copied = network.gemm(network.input, [[1, 0], [0, 1]]); // biome-ignore format: a matrix
  const relu = network.add('Relu', [network.reshape(copied, [2, 1, 1])]);
  const parameters = [[2, 1], [3, -1], [0, 0], [1, 1]].map((values) => network.constant([2], values)); // biome-ignore format: a table
  const norm = network.add('BatchNormalization', [relu, ...parameters], { epsilon: { float: 0 } });
  const graph = network.build(network.gemm(network.reshape(norm, [2]), [[1, 1]])); // biome-ignore format: a matrix
  const composites = { mine: [{ match: { op: 'BatchNormalization' }, rule: 'epsilon-0' }, { match: { op: 'Gemm' }, rule: 'epsilon-0' }] }; // biome-ignore format: one line
  const { check, release } = await createConservationCheck(onnxruntime, networkFrom(graph), 'mine', {
    composites,
  });
  const [result] = await check([{ id: 'x', input: Float32Array.of(1, 4), target: 0 }]);
  await release();
  // (2 + 3) + (4 - 1) = 8: the inputs get 2 and 4, the summands 3 and -1.
  const layer = result?.layers.find(({ op }) => op === 'BatchNormalization');
  expect(layer?.received).toBeCloseTo(8, 5);
  expect(layer?.passed).toBeCloseTo(6, 5);
  expect(layer?.bias).toBeCloseTo(2, 5);
});

import { describe, expect, test } from 'vitest';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { assignRules } from '../../src/explain/assign.js';
import { type Composite, lrp, uniform } from '../../src/explain/composites.js';
import { createConservationCheck } from '../../src/explain/conservation-check.js';
import type { Graph } from '../../src/graph/graph.js';
import { type FloatTensor, floatTensor, sizeOf } from '../../src/graph/tensor.js';
import { addReshape } from '../../src/import/canonical/layout.js';
import { finishNetwork } from '../../src/import/canonical/logits.js';
import { addAveragePool, addConv, type PoolWindow } from '../../src/import/canonical/windows.js';
import { NetworkWriter } from '../../src/import/canonical/writer.js';
import { layerTable } from '../../src/import/inspect.js';
import { layoutOf } from '../../src/input/layout.js';
import { squareGrid } from '../../src/input/square-grid.js';
import { createPerturber } from '../../src/perturbation/perturber.js';
import { Reference } from './dense.js';
import { explain, NetworkBuilder, networkFrom, numbers, relativeError } from './networks.js';

interface Pool {
  /** Spatial size of what is pooled. */
  input: number[];
  window: PoolWindow;
  /** Positions that count beside the input: before it on every axis, then behind it. */
  counted: number[];
}

const window = (kernel: number[], strides: number[], pads: number[], ceil = false, countPads = false) => ({
  ...{ kernel, strides, pads, ceil, countPads },
  dilations: kernel.map(() => 1),
  clip: true,
});

const POOLS: Record<string, Pool> = {
  'pads not counted': {
    input: [9, 8],
    window: window([3, 2], [2, 1], [1, 0, 1, 1]),
    counted: [0, 0, 0, 0],
  },
  'ceil mode': {
    input: [9, 8],
    window: window([3, 3], [2, 2], [0, 0, 0, 0], true),
    counted: [0, 0, 0, 0],
  },
  'ceil mode and pads counted, but not what ceil mode adds': {
    input: [9, 8],
    window: window([4, 3], [3, 2], [1, 1, 1, 0], true, true),
    counted: [1, 1, 1, 0],
  },
  'one axis': { input: [17], window: window([3], [2], [1, 1]), counted: [0, 0] },
};

const [CHANNELS, CLASSES] = [3, 4];

function filters(axes: number): FloatTensor {
  const dims = [CHANNELS, 2, ...new Array<number>(axes).fill(3)];
  return floatTensor(dims, numbers(sizeOf(dims), 'filters'));
}

function dense(inputs: number): FloatTensor {
  return floatTensor([CLASSES, inputs], numbers(CLASSES * inputs, 'dense'));
}

/** Convolution, ReLU, pool and dense layer, as the importer writes them. */
function canonical({ input, window }: Pool): Graph {
  const writer = new NetworkWriter('net');
  const all = (value: number) => input.map(() => value);
  const same = { kernel: all(3), strides: all(1), pads: [...all(1), ...all(1)], dilations: all(1), group: 1 };
  const x = writer.input([2, ...input], 1);
  const hidden = addConv(writer, x, filters(input.length), undefined, same, 'conv');
  const pool = addAveragePool(writer, writer.add('Relu', [hidden], {}, 'relu'), window, 'pool');
  const size = sizeOf(writer.sample(pool));
  const flat = addReshape(writer, pool, [size], 'flat');
  const weights = writer.weights(dense(size), 'weights');
  return finishNetwork(writer, writer.add('Gemm', [flat, weights], { transB: 1 }, 'dense')).graph;
}

/** The same network with the pool written out as the matrix that it is by definition; `output` is its spatial size. */
function withMatrix(pool: Pool, output: readonly number[]): Graph {
  const { input } = pool;
  const network = new NetworkBuilder([2, ...input]);
  const all = (value: number) => input.map(() => value);
  const attributes = { kernel_shape: all(3), strides: all(1), pads: [...all(1), ...all(1)], group: 1 };
  const { dims, data } = filters(input.length);
  const hidden = network.add('Relu', [
    network.add('Conv', [network.input, network.constant(dims, data)], attributes),
  ]);
  const rows = Array.from({ length: CHANNELS }, (_, channel) =>
    places(output).map((o) => {
      const taps = places(pool.window.kernel).map((tap) => tap.map((t, a) => at(o, a) * at(pool.window.strides, a) - at(pool.window.pads, a) + t)); // biome-ignore format: one line
      const within = (place: number[], before: number[], behind: number[]) =>
        place.every((p, a) => p >= -at(before, a) && p < at(input, a) + at(behind, a));
      const divisor = taps.filter((place) =>
        within(place, pool.counted, pool.counted.slice(input.length)),
      ).length;
      const row = new Array<number>(CHANNELS * sizeOf(input)).fill(0);
      for (const place of taps.filter((place) => within(place, all(0), all(0)))) {
        row[place.reduce((index, p, a) => index * at(input, a) + p, channel)] = 1 / divisor;
      }
      return row;
    }),
  ).flat();
  const pooled = network.gemm(network.reshape(hidden, [CHANNELS * sizeOf(input)]), rows);
  const weights = dense(rows.length);
  return network.build(
    network.add('Gemm', [pooled, network.constant(weights.dims, weights.data)], { transB: 1 }),
  );
}

function places(dims: readonly number[]): number[][] {
  return dims.reduce<number[][]>(
    (all, size) => all.flatMap((place) => Array.from({ length: size }, (_, i) => [...place, i])),
    [[]],
  );
}

function at(list: readonly number[], index: number): number {
  return list[index] as number;
}

describe.each(Object.entries(POOLS))('average pools whose divisor varies: %s', (_, pool) => {
  const graph = canonical(pool);
  const factors = graph.constants.get('pool.divisor') as FloatTensor;
  const plain = withMatrix(pool, factors.dims.slice(2));
  const input = numbers(2 * sizeOf(pool.input), 'input');

  test('are pools that count their padding, and factors', () => {
    const ops = graph.nodes.map(({ op }) => op);
    expect(ops).toEqual(['Conv', 'Relu', 'AveragePool', 'Mul', 'Reshape', 'Gemm']);
    expect(graph.nodes[2]).toMatchObject({ name: 'pool', attributes: { count_include_pad: 1 } });
    expect(graph.nodes[3]).toMatchObject({ completes: 'pool' });
  });

  test.each(['epsilon-0.1', 'alpha2-beta1', 'zplus', 'flat'])('relevance under %s', async (rule) => {
    const { logits, relevance } = await explain(graph, uniform(rule), [input], [1]);
    const reference = new Reference(plain, input);
    expect(relativeError(logits, reference.logits)).toBeLessThan(1e-6);
    const start = reference.logits.map((logit, i) => (i === 1 ? logit : 0));
    const matrix = plain.nodes.find(({ op }) => op === 'Gemm');
    const expected = reference.relevance(start, (node) => (node === matrix ? 'epsilon-1e-6' : rule));
    expect(relativeError(relevance[0] as Float32Array, expected)).toBeLessThan(2e-5);
  });

  test('gradient', async () => {
    const gradient: Composite = [{ match: {}, rule: 'gradient' }];
    const { relevance } = await explain(graph, gradient, [input], [1], { start: 'one' });
    const direction = numbers(input.length, 'direction');
    const along = (step: number) => {
      const moved = Float64Array.from(input, (x, i) => x + step * (direction[i] as number));
      return new Reference(plain, moved).logits[1] as number;
    };
    const expected = (along(1e-6) - along(-1e-6)) / 2e-6;
    const got = direction.reduce((sum, d, i) => sum + d * (relevance[0]?.[i] as number), 0);
    expect(Math.abs(got / expected - 1)).toBeLessThan(1e-5);
  });

  test('are one operator for rules, positions and tables', async () => {
    const rules = assignRules(graph, [
      { match: { name: 'pool' }, rule: 'proportional' },
      { match: { position: [0, 1] }, rule: 'zplus' },
      { match: { op: ['Relu', 'Reshape'] }, rule: 'pass' },
    ]);
    expect([...rules.values()].map(({ name }) => name)).toEqual([
      'zplus',
      'pass',
      'proportional',
      'pass',
      'pass',
      'zplus',
    ]);
    const names = ['conv', 'relu', 'pool', 'flat', 'dense'];
    expect(layerTable({ graph }).layers.map(({ name }) => name)).toEqual(names);

    const check = await createConservationCheck(onnxruntime, networkFrom(graph), 'lrp-epsilon-0.1');
    const [result] = await check.check([{ id: 'x', input, target: 1 }]);
    await check.release();
    expect(result?.layers.map(({ name }) => name)).toEqual(['dense', 'pool', 'conv']);

    const perturbed = { graph, inputShape: [2, ...pool.input] };
    for (const inference of ['full', 'incremental'] as const) {
      const options = { units: squareGrid.of(3).units(layoutOf(perturbed.inputShape)), inference };
      const { plan, release } = await createPerturber(onnxruntime, perturbed, options);
      await release();
      expect([...plan.segments.flat(), ...plan.whole].toSorted()).toEqual(names.toSorted());
    }
  });
});

test('bounds of the input pass average pools and their factors on the way to a zB layer', async () => {
  const writer = new NetworkWriter('net');
  const means = addAveragePool(writer, writer.input([1, 3], 1), window([3], [1], [1, 1]), 'pool');
  const valid = { kernel: [3], strides: [1], pads: [0, 0], dilations: [1], group: 1 };
  const weights = floatTensor([1, 1, 3], [1, 2, -1]);
  const { graph } = finishNetwork(writer, addConv(writer, means, weights, undefined, valid, 'conv'));
  // Means 3/8, 1/4, 1/8; their shares 1 (3/8 + 1), 2 (1/4 + 1), 1 (1 - 1/8) add up to 4.75.
  const { relevance } = await explain(graph, lrp({ match: { op: 'Conv' }, rule: 'zbox' }), [Float32Array.of(0.5, 0.25, 0)], [0], { start: 'one', carried: [4.75], bounds: { low: [-1], high: [1] } }); // biome-ignore format: one line
  const expected = [(1.375 * 2) / 3 + (2.5 * 2) / 3, 1.375 / 3 + 2.5 / 3 + 0.875, 0];
  for (const [i, value] of expected.entries()) expect(relevance[0]?.[i]).toBeCloseTo(value, 4);
});

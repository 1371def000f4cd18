import { describe, expect, test } from 'vitest';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { ridge } from '../../src/explain/attributions/lime.js';
import { contextsOf } from '../../src/explain/attributions/partition-shap.js';
import { stretchedMask } from '../../src/explain/attributions/rise.js';
import { slopesOfProbability } from '../../src/explain/attributions/score.js';
import { gridSegments } from '../../src/explain/attributions/segments.js';
import { createExplainers, type Explained } from '../../src/explain/explainer.js';
import type { MethodSettings } from '../../src/explain/own-methods.js';
import type { Graph } from '../../src/graph/graph.js';
import { layoutOf } from '../../src/input/layout.js';
import { NetworkBuilder, networkFrom, numbers, relativeError } from './networks.js';

const linear = (shape: number[], weights: ArrayLike<number>, bias = 0): Graph => {
  const network = new NetworkBuilder(shape);
  const flat = shape.length === 1 ? network.input : network.reshape(network.input, [weights.length]);
  return network.build(network.gemm(flat, [Array.from(weights)], [bias]));
};

/** ReLU(x0 + x1 - 1): what needs both of its inputs. */
function both(): Graph {
  const network = new NetworkBuilder([4]);
  const hidden = network.add('Relu', [network.gemm(network.input, [[1, 1, 0, 0]], [-1])]);
  return network.build(network.gemm(hidden, [[1]]));
}

async function explained(
  graph: Graph,
  all: readonly MethodSettings[],
  input: Float32Array,
  options: { batch?: number; seed?: number; target?: number } = {},
): Promise<Explained[]> {
  const composites = Object.fromEntries(all.map((settings, i) => [`m${i}`, settings]));
  const { target = 0, ...rest } = options;
  const set = await createExplainers(onnxruntime, networkFrom(graph), Object.keys(composites), {
    composites,
    ...rest,
  });
  const found = await set.explain([{ id: 'x', input, target }]);
  await set.release();
  return found.map(([one]) => one as Explained);
}

const sumOf = (values: ArrayLike<number> = []) => Array.from(values).reduce((a, b) => a + b, 0);

describe('Shapley values', () => {
  const weights = numbers(32, 'w');
  const input = numbers(32, 'x');
  // Of a linear network, the value of a cell is the sum of w (x - x0) over its numbers, 8 of them each here.
  const exact = Array.from({ length: 4 }, (_, cell) => {
    const own = Array.from(
      input,
      (value, i) => (weights[i] as number) * (value - 0.5) * Number(cellOf(i) === cell),
    );
    return sumOf(own);
  });
  /** Of [2, 4, 4] in 2 x 2 cells. */
  function cellOf(i: number): number {
    return Math.floor((i % 16) / 8) * 2 + Math.floor((i % 4) / 2);
  }

  test.each([
    ['all coalitions', 16, { id: 'kernel-shap', cells: 2, baseline: 0.5 }],
    ['halves of halves', 12, { id: 'partition-shap', cells: 2, baseline: 0.5 }],
  ])('of a linear network, by %s', async (_, count, settings) => {
    const [found] = await explained(linear([2, 4, 4], weights, 3), [settings], input);
    const { relevance = [], expected = 0, passes } = found ?? {};
    expect(passes).toBe(count);
    for (let cell = 0; cell < 4; cell++) {
      const place = Math.floor(cell / 2) * 8 + (cell % 2) * 2;
      expect((relevance[place] as number) * 4).toBeCloseTo(exact[cell] as number, 5);
    }
    expect(sumOf(relevance)).toBeCloseTo(expected, 5);
    expect(expected).toBeCloseTo(sumOf(exact), 5);
  });

  test('drawn coalitions give a linear network its exact values, whatever is drawn', async () => {
    const many = { id: 'kernel-shap', cells: [4, 4], samples: 60 };
    const graph = linear([2, 4, 4], weights);
    const found = [
      ...(await explained(graph, [many], input)),
      ...(await explained(graph, [many], input, { seed: 5 })),
    ];
    const own = Array.from({ length: 16 }, (_, place) =>
      [0, 16].reduce((sum, c) => sum + (weights[place + c] as number) * (input[place + c] as number), 0),
    );
    for (const { relevance, passes } of found) {
      expect(relativeError(relevance, own)).toBeLessThan(1e-5);
      expect(passes).toBeLessThanOrEqual(62);
    }
    expect(found[0]?.relevance).not.toEqual(found[1]?.relevance);
  });

  test('what needs two inputs is shared between them; one cell gets all', async () => {
    const ones = Float32Array.of(1, 1, 1, 1);
    const found = await explained(
      both(),
      [
        { id: 'kernel-shap', cells: 2 },
        { id: 'partition-shap', cells: 2 },
        { id: 'kernel-shap', cells: 1 },
      ],
      ones,
    );
    for (const { relevance } of found.slice(0, 2)) {
      [0.5, 0.5, 0, 0].forEach((value, i) => {
        expect(relevance[i]).toBeCloseTo(value, 6);
      });
    }
    expect(Array.from(found[2]?.relevance ?? [])).toEqual([0.25, 0.25, 0.25, 0.25]);
  });

  test('methods that ask for the same coalitions share their passes', async () => {
    const found = await explained(
      both(),
      [
        { id: 'kernel-shap', cells: 2 },
        { id: 'partition-shap', cells: 2 },
        { id: 'kernel-shap', cells: 2, output: 'probability' },
        { id: 'kernel-shap', cells: 2, baseline: 1 },
      ],
      Float32Array.of(1, 1, 1, 1),
    );
    expect(found.map(({ passes }) => passes)).toEqual([16, 0, 0, 16]);
  });

  test('too few coalitions, and a mean over baselines, are refused', async () => {
    const few = explained(
      linear([1, 4, 4], numbers(16, 'w')),
      [{ id: 'kernel-shap', cells: 4, samples: 4 }],
      numbers(16, 'x'),
    );
    await expect(few).rejects.toThrow(
      'samples of kernel-shap (x): expected enough to tell 16 segments apart, got 4',
    );
    const several = explained(both(), [{ id: 'lime', baseline: 'uniform:3' }], numbers(4, 'x'));
    await expect(several).rejects.toThrow('baseline (lime): expected a single one');
  });

  test('a tree of cells: every way to keep the other halves, once', () => {
    const contexts = contextsOf({ rows: 3, columns: 2, count: 6 });
    expect(contexts.map((own) => own.length)).toEqual([4, 4, 8, 8, 8, 8]);
    for (const [cell, own] of contexts.entries()) {
      expect(new Set(own.map(String)).size).toBe(own.length);
      expect(own.every((context) => context[cell] === 0)).toBe(true);
    }
  });
});

test('lime: a linear network gives its weights where nothing is held back, less with ridge', async () => {
  const graph = linear([1, 1, 4], [1, -2, 4, 0], 7);
  const cells: [number, number] = [1, 4];
  const input = Float32Array.of(1, 1, 1, 1);
  const [free, held] = await explained(
    graph,
    [
      { id: 'lime', cells, samples: 200, alpha: 1e-9 },
      { id: 'lime', cells, samples: 200, alpha: 100 },
    ],
    input,
  );
  [1, -2, 4, 0].forEach((weight, i) => {
    expect(free?.relevance[i]).toBeCloseTo(weight, 4);
    expect(Math.abs(held?.relevance[i] as number)).toBeLessThanOrEqual(Math.abs(weight) + 0.1);
  });
  expect(Math.abs(held?.relevance[2] as number)).toBeLessThan(3);
});

test('lime: what hangs on nothing has no values, and what cannot be told apart is refused', async () => {
  const cells: [number, number] = [1, 4];
  const [flat] = await explained(
    linear([1, 1, 4], [0, 0, 0, 0], 0.7),
    [{ id: 'lime', cells }],
    numbers(4, 'x'),
  );
  expect(Array.from(flat?.relevance ?? [])).toEqual([0, 0, 0, 0]);
  const together = [Uint8Array.of(1, 1), Uint8Array.of(0, 0)];
  expect(() => ridge(together, [1, 0], { alpha: 1e-30, width: 0.25 }, 'x')).toThrow(
    'samples and alpha of lime (x): expected enough to tell 2 segments apart, got 2 and 1e-30',
  );
});

test('lime: by hand, of four coalitions of two segments', () => {
  // Weights sqrt(exp(-d^2 / width^2)) with d = 1 - sqrt(share), centred by their means, ridge 1; numpy in float64.
  const rows = [Uint8Array.of(1, 1), Uint8Array.of(1, 0), Uint8Array.of(0, 1), Uint8Array.of(0, 0)];
  const { values, intercept } = ridge(rows, [2, 2, 0, 0], { alpha: 1, width: 0.25 }, 'x');
  expect(values[0]).toBeCloseTo(0.5356471696734382, 12);
  expect(values[1]).toBeCloseTo(-0.13406993920783705, 12);
  expect(intercept).toBeCloseTo(1.1972471707509467, 12);
});

/** ReLU(sum of some of 16 numbers - their count + 1): 1 where all of them are kept. */
function together(count: number): Graph {
  const network = new NetworkBuilder([1, 4, 4]);
  const weights = Array.from({ length: 16 }, (_, i) => (i < count ? 1 : 0));
  const hidden = network.gemm(network.reshape(network.input, [16]), [weights], [1 - count]);
  return network.build(network.gemm(network.add('Relu', [hidden]), [[1]]));
}

test('lime: the first coalition is the whole input, which no chance would bring', async () => {
  const settings = { id: 'lime', cells: 4, samples: 30 };
  const [found] = await explained(together(16), [settings], new Float32Array(16).fill(1));
  expect(Math.min(...(found?.relevance ?? []))).toBeGreaterThan(0);
});

test('kernel-shap: coalitions in pairs are exact where at most two segments work together', async () => {
  const settings = { id: 'kernel-shap', cells: 4, samples: 80 };
  const [found] = await explained(together(2), [settings], new Float32Array(16).fill(1));
  [0.5, 0.5, ...new Array(14).fill(0)].forEach((value, i) => {
    expect(found?.relevance[i]).toBeCloseTo(value, 5);
  });
});

test('kernel-shap: sizes are drawn so that three segments that work together get a third each', async () => {
  const settings = { id: 'kernel-shap', cells: 4, samples: 6000 };
  const [found] = await explained(together(3), [settings], new Float32Array(16).fill(1));
  // Sizes that are drawn evenly give 0.31.
  const mean = sumOf(found?.relevance.subarray(0, 3)) / 3;
  expect(Math.abs(mean - 1 / 3)).toBeLessThan(0.008);
});

test('score-cam by hand: softmax over channels of the logit under masks from 0 to 1; flat channels mask everything', async () => {
  const network = new NetworkBuilder([1, 1, 2]);
  const weights = network.constant([3, 1, 1, 1], [1, -1, 0]);
  const window = { kernel_shape: [1, 1], strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], group: 1 };
  const hidden = network.add('Conv', [network.input, weights, network.constant([3], [0, 0, 2])], window);
  const row = [0.5, 0.25, 0, 0, 0.1, 0.1];
  const relu = network.reshape(network.add('Relu', [hidden]), [6]);
  const graph = network.build(network.gemm(relu, [row, [0, 0, 0, 0, 0, 0]]));
  // A = [1 3], [0 0], [2 2]: under [0 1] the logit is 3/4 + 4/10, without anything 4/10.
  const set = await createExplainers(onnxruntime, networkFrom(graph), ['score-cam']);
  const [[found] = []] = await set.explain([{ id: 'x', input: Float32Array.of(1, 3), target: 0 }]);
  await set.release();
  const [first, flat] = [Math.exp(0.75), 1].map((own) => own / (Math.exp(0.75) + 2)) as [number, number];
  expect(found?.inner?.relevance[0]).toBeCloseTo(first + 2 * flat, 6);
  expect(found?.inner?.relevance[1]).toBeCloseTo(3 * first + 2 * flat, 6);
});

describe('rise', () => {
  test('a score that hangs on nothing is that score at every place: divided by what was kept there', async () => {
    const [found] = await explained(linear([1, 6, 6], new Float32Array(36), 0.75), [{ id: 'rise', masks: 50 }], numbers(36, 'x')); // biome-ignore format: one line
    for (const value of found?.relevance ?? []) expect(value).toBeCloseTo(0.75, 6);
  });

  test('a mask by hand: stretched to one cell more than the input, cut out where the shift says', () => {
    const layout = layoutOf([1, 4]);
    const mask = stretchedMask({ kept: [0, 1], shift: [0, 1] }, { rows: 1, columns: 2 }, layout);
    [0, 1 / 3, 2 / 3, 1].forEach((value, i) => {
      expect(mask[i]).toBeCloseTo(value, 6);
    });
  });

  test('masks are shifted: the first place is not only kept or removed', async () => {
    // Of x0 alone the number is sum m^2 / sum m, which is 1 where m is 0 or 1.
    const settings = { id: 'rise', masks: 60, cells: 2 };
    const [found] = await explained(
      linear([1, 8], [1, 0, 0, 0, 0, 0, 0, 0]),
      [settings],
      new Float32Array(8).fill(1),
    );
    expect(found?.relevance[0]).toBeLessThan(0.999);
  });
});

test('rise: what the score depends on stands out, in probabilities, too', async () => {
  const weights = Float32Array.from({ length: 64 }, (_, i) => (i === 27 ? 1 : 0));
  const settings = { id: 'rise', masks: 400, cells: 4 };
  const found = await explained(
    linear([1, 8, 8], weights),
    [settings, { ...settings, p: 0.2 }],
    new Float32Array(64).fill(1),
  );
  for (const { relevance, passes } of found) {
    expect(relevance.indexOf(Math.max(...relevance))).toBe(27);
    expect(passes).toBe(400);
    // It is a mean of scores, which are between 0 and 1 here.
    expect(Math.min(...relevance)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...relevance)).toBeLessThanOrEqual(1);
  }
});

test.each([
  { id: 'rise', masks: 40, cells: 3 },
  { id: 'kernel-shap', cells: 4, samples: 60 },
  { id: 'lime', cells: 4, samples: 60 },
  { id: 'partition-shap', cells: 4 },
  { id: 'idgi', steps: 7, output: 'probability' },
  { id: 'integrated-gradients', steps: 5, rule: 'gauss-legendre', baseline: 'uniform:2' },
  { id: 'vargrad', samples: 5 },
])('$id gives the same bits in batches of any size', async (settings) => {
  const network = new NetworkBuilder([2, 6, 6]);
  const weights = network.constant([3, 2, 3, 3], numbers(54, 'c'));
  const window = { kernel_shape: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1], dilations: [1, 1], group: 1 };
  const hidden = network.add('Relu', [network.add('Conv', [network.input, weights], window)]);
  const dense = [0, 1, 2].map((i) => Array.from(numbers(108, 'd', i)));
  const graph = network.build(network.gemm(network.reshape(hidden, [108]), dense));
  const [first, ...others] = await Promise.all(
    [1, 5, 32].map((batch) => explained(graph, [settings], numbers(72, 'x'), { batch, target: 1 })),
  );
  for (const other of others) expect(other).toEqual(first);
});

test('cells: a place belongs to floor(i parts / size); one row has as many pieces', () => {
  expect(Array.from(gridSegments(layoutOf([3, 3, 5]), [2, 3]).of)).toEqual([
    ...[0, 0, 1, 1, 2],
    ...[0, 0, 1, 1, 2],
    ...[3, 3, 4, 4, 5],
  ]);
  expect(Array.from(gridSegments(layoutOf([2, 6]), [1, 3]).of)).toEqual([0, 0, 1, 1, 2, 2]);
  expect(gridSegments(layoutOf([5]), 7).count).toBe(5);
});

test('slopes of a probability keep their digits where it is near 1', () => {
  const request = { id: 'x', input: new Float32Array(), target: 0 };
  const [own, other] = slopesOfProbability(Float32Array.of(30, 0), request);
  expect(own).toBeCloseTo(Math.exp(-30), 18);
  expect(other).toBeCloseTo(-Math.exp(-30), 18);
  const weights = { ...request, weights: Float32Array.of(1, 1) };
  expect(() => slopesOfProbability(Float32Array.of(1, 2), weights)).toThrow(
    'output of a method (x): expected logit where classes are scored by weighted logits',
  );
});

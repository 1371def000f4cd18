import { describe, expect, test } from 'vitest';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { PATH_RULES } from '../../src/explain/attributions/path-rules.js';
import { select } from '../../src/explain/attributions/select.js';
import { createExplainers, type Explained } from '../../src/explain/explainer.js';
import type { MethodSettings } from '../../src/explain/own-methods.js';
import type { ExplainOptions } from '../../src/explain/request.js';
import type { Graph } from '../../src/graph/graph.js';
import { blurOverZeros } from '../../src/input/blur.js';
import { NetworkBuilder, networkFrom, numbers } from './networks.js';

async function explained(
  graph: Graph,
  settings: MethodSettings,
  input: Float32Array,
  options: ExplainOptions = {},
): Promise<Explained> {
  const plain = Object.keys(settings).length === 1;
  const [id, composites] = plain ? [settings.id, {}] : ['mine', { mine: settings }];
  const set = await createExplainers(onnxruntime, networkFrom(graph), [id], { composites, ...options });
  const [[found] = []] = await set.explain([{ id: 'x', input, target: 0 }]);
  await set.release();
  return found as Explained;
}

/** Two dense layers with tanh between: smooth, so that rules for integrals show what they are worth. */
function smooth(): Graph {
  const network = new NetworkBuilder([3]);
  const hidden = network.add('Tanh', [network.gemm(network.input, [[1, 2, -1], [0.5, -1, 2]])]); // biome-ignore format: one line
  return network.build(network.gemm(hidden, [[1, -2], [0.3, 1]])); // biome-ignore format: one line
}

describe('rules', () => {
  test('Gauss-Legendre integrates polynomials up to degree 2 n - 1 exactly', () => {
    for (const n of [1, 2, 5, 20, 200]) {
      const points = PATH_RULES['gauss-legendre'](n);
      for (const degree of [0, 1, 2 * n - 2, 2 * n - 1]) {
        const integral = points.reduce((sum, { at, weight }) => sum + weight * at ** degree, 0);
        expect(integral * (degree + 1)).toBeCloseTo(1, 10);
      }
    }
    expect(PATH_RULES.midpoint(2).map(({ at }) => at)).toEqual([0.25, 0.75]);
    expect(PATH_RULES.right(2).map(({ at }) => at)).toEqual([0.5, 1]);
    // Its two points are 1/2 -+ 1 / (2 sqrt 3), as in any table.
    const [first, second] = PATH_RULES['gauss-legendre'](2);
    expect(first?.at).toBeCloseTo(0.5 - 0.5 / Math.sqrt(3), 14);
    expect(second?.at).toBeCloseTo(0.5 + 0.5 / Math.sqrt(3), 14);
  });

  test('few points of Gauss-Legendre sum to the difference of logits, where midpoints do not yet', async () => {
    const input = Float32Array.of(0.7, -0.4, 0.2);
    const gap = async (rule: string) => {
      const { relevance, expected = 0 } = await explained(
        smooth(),
        { id: 'integrated-gradients', steps: 5, rule },
        input,
      );
      return Math.abs(relevance.reduce((a, b) => a + b, 0) - expected);
    };
    expect(await gap('gauss-legendre')).toBeLessThan(1e-5);
    expect(await gap('midpoint')).toBeGreaterThan(1e-4);
    expect(await gap('right')).toBeGreaterThan(await gap('midpoint'));
  });
});

describe('baselines', () => {
  const linear = () => {
    const network = new NetworkBuilder([2, 2]);
    return network.build(network.gemm(network.reshape(network.input, [4]), [[1, 2, 3, 4]]));
  };
  const input = Float32Array.of(1, -1, 0.5, 4);

  test.each([
    ['zero', [0, 0, 0, 0]],
    // The range of the input where it is known, else the smallest number of its own channel.
    ['black', [-1, -1, 0.5, 0.5]],
    // Constant where the channel is one: its mean for so wide a blur of two numbers, mirrored.
    ['blur', [0, 0, 2.25, 2.25]],
  ])('%s', async (baseline, start) => {
    const { relevance, expected } = await explained(
      linear(),
      { id: 'integrated-gradients', steps: 2, baseline },
      input,
    );
    const exact = Array.from(input, (value, i) => (value - (start[i] as number)) * (i + 1));
    exact.forEach((value, i) => {
      expect(relevance[i]).toBeCloseTo(value, baseline === 'blur' ? 0.5 : 5);
    });
    expect(relevance.reduce((a, b) => a + b, 0)).toBeCloseTo(expected as number, 4);
  });

  test('black is the lowest input that there can be, where that is known', async () => {
    const range = { low: [-2, -3], high: [2, 3] };
    const { relevance } = await explained(
      linear(),
      { id: 'integrated-gradients', steps: 2, baseline: 'black' },
      input,
      range,
    );
    expect(Array.from(relevance)).toEqual([3, 2, 10.5, 28]);
  });

  test('uniform: the mean over draws from the range, by seed and image', async () => {
    const range = { low: [-2], high: [2] };
    const settings = { id: 'integrated-gradients', steps: 2, baseline: 'uniform:50' };
    const { relevance, expected } = await explained(linear(), settings, input, range);
    Array.from(input).forEach((value, i) => {
      // The mean of 50 draws from -2 .. 2 is near 0: standard deviation 0.16.
      expect((relevance[i] as number) / (i + 1)).toBeGreaterThan(value - 0.7);
      expect((relevance[i] as number) / (i + 1)).toBeLessThan(value + 0.7);
    });
    expect(relevance.reduce((a, b) => a + b, 0)).toBeCloseTo(expected as number, 4);
    expect((await explained(linear(), settings, input, range)).relevance).toEqual(relevance);
  });

  describe('expected: another input for every point', () => {
    const settings = { id: 'integrated-gradients', baseline: 'expected', steps: 40 };
    const references = [
      { id: 'a', input: Float32Array.of(1, 0, 0, 0) },
      { id: 'b', input: Float32Array.of(0, 1, 0, 0) },
      { id: 'x', input: Float32Array.of(9, 9, 9, 9) },
    ];

    test('of a linear network w (x - mean of what was drawn), never the input itself', async () => {
      const { relevance, expected } = await explained(linear(), settings, input, { references });
      // A share s of the 40 draws is a, the others are b: 1 - s, 2 (-1 - (1 - s)), and what both leave 0.
      const share = 1 - (relevance[0] as number);
      expect(share * 40).toBeCloseTo(Math.round(share * 40), 4);
      expect(share).toBeGreaterThan(0.2);
      expect(share).toBeLessThan(0.8);
      expect(relevance[1]).toBeCloseTo(2 * (-1 - (1 - share)), 5);
      expect(Array.from(relevance.subarray(2))).toEqual([
        expect.closeTo(1.5, 5) as number,
        expect.closeTo(16, 5) as number,
      ]);
      expect(expected).toBeCloseTo(16.5 - (share + 2 * (1 - share)), 5);
      expect(relevance.reduce((a, b) => a + b, 0)).toBeCloseTo(expected as number, 5);
      const other = await explained(linear(), settings, input, { references, seed: 5 });
      expect(other.relevance).not.toEqual(relevance);
    });

    test('one reference: what its numbers as a baseline give, whatever the rule', async () => {
      const start = [0.3, -0.2, 0.1];
      const one = { references: [{ id: 'a', input: Float32Array.from(start) }] };
      for (const rule of ['midpoint', 'gauss-legendre']) {
        const at = Float32Array.of(0.7, -0.4, 0.2);
        const drawn = await explained(smooth(), { ...settings, steps: 4, rule }, at, one);
        const plain = await explained(smooth(), { ...settings, steps: 4, rule, baseline: start }, at);
        for (const [i, value] of plain.relevance.entries()) expect(drawn.relevance[i]).toBeCloseTo(value, 6);
        expect(drawn.expected).toBeCloseTo(plain.expected as number, 6);
      }
    });

    test('without references it is refused, and by methods with one baseline', async () => {
      const refused = (got: string) =>
        `baseline expected (integrated gradients): expected references: other inputs of the data set (\`explain --references\`), got ${got}`;
      await expect(explained(linear(), settings, input)).rejects.toThrow(refused('none'));
      const own = { references: references.slice(2) };
      await expect(explained(linear(), settings, input, own)).rejects.toThrow(refused("none but 'x' itself"));
      await expect(explained(linear(), { id: 'idgi', baseline: 'expected' }, input)).rejects.toThrow(
        'baseline',
      );
    });
  });

  test.each(['uniform:0', 'uniform:', 'white', 'uniform:1e3'])('%s is refused', async (baseline) => {
    await expect(explained(linear(), { id: 'integrated-gradients', baseline }, input)).rejects.toThrow(
      'baseline',
    );
  });
});

describe('idgi', () => {
  test('by hand: every piece hands out its change by squared gradients', async () => {
    // f = ReLU(x0 - 1) + 2 ReLU(x1 + 1) on the way from 0 to (2, 1) in two pieces: gradients (0, 2) at (0, 0) and at (1, 1/2).
    const network = new NetworkBuilder([2]);
    const hidden = network.add('Relu', [network.gemm(network.input, [[1, 0], [0, 1]], [-1, 1])]); // biome-ignore format: one line
    const graph = network.build(network.gemm(hidden, [[1, 2]]));
    const { relevance, expected } = await explained(graph, { id: 'idgi', steps: 2 }, Float32Array.of(2, 1));
    expect(Array.from(relevance)).toEqual([0, 3]);
    expect(expected).toBe(3);
    // In four: at (1.5, 0.75) the gradient is (1, 2), and the last piece brings 0.5 + 0.5.
    const finer = await explained(graph, { id: 'idgi', steps: 4 }, Float32Array.of(2, 1));
    expect(finer.relevance[0]).toBeCloseTo(1 / 5, 6);
    expect(finer.relevance[1]).toBeCloseTo(2 + 4 / 5, 6);
  });

  test('a path without any gradient hands out nothing, and the sum says so', async () => {
    const network = new NetworkBuilder([1]);
    const graph = network.build(network.gemm(network.add('Relu', [network.input]), [[1]]));
    const { relevance, expected } = await explained(
      graph,
      { id: 'idgi', steps: 1, baseline: -1 },
      Float32Array.of(2),
    );
    expect([relevance[0], expected]).toEqual([0, 2]);
  });
});

test('moments of gradients: a linear network has no variance, and squares of its weights', async () => {
  const network = new NetworkBuilder([3]);
  const graph = network.build(network.gemm(network.input, [[1000, -2, 0.5]]));
  const input = numbers(3, 'x');
  const squares = await explained(graph, { id: 'squaregrad', samples: 7 }, input);
  expect(Array.from(squares.relevance)).toEqual([1e6, 4, 0.25]);
  const variance = await explained(graph, { id: 'vargrad', samples: 7 }, input);
  expect(Array.from(variance.relevance)).toEqual([0, 0, 0]);
});

test('moments of gradients that are 0 or 1: their variance has the divisor of their mean; noise grows with the range', async () => {
  const network = new NetworkBuilder([2]);
  const graph = network.build(network.gemm(network.add('Relu', [network.input]), [[1, 0]]));
  // Noise of 0.15 * 990 around 10: about half of the copies lie below 0.
  const input = Float32Array.of(10, 1000);
  const [mean = 0, variance] = await Promise.all(
    ['smoothgrad', 'vargrad'].map(
      async (id) => (await explained(graph, { id, samples: 7 }, input)).relevance[0],
    ),
  );
  expect(mean * 7).toBeCloseTo(Math.round(mean * 7), 5);
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.49);
  expect(variance).toBeCloseTo(mean - mean * mean, 6);
});

describe('paths that look where they go', () => {
  // f = 3 x0 + x1 + 4 ReLU(x0 + x1 - 1/2) from (0, 0) to (1, 1): gradients (3, 1), and (7, 5) beyond the bend.
  test.each([
    // x1 goes first, all its way, at 1; then x0 at 7.
    ['the number with the smallest gradient moves first', { distance: 1 }, [7, 1]],
    // Both at once, half of the way at (3, 1) and half at (7, 5).
    ['all of them move', { fraction: 1, distance: 1 }, [5, 3]],
  ])('guided-ig by hand: %s', async (_, settings, values) => {
    const network = new NetworkBuilder([2]);
    const rows = [[1, 0], [0, 1], [1, 1]]; // biome-ignore format: one line
    const hidden = network.add('Relu', [network.gemm(network.input, rows, [5, 5, -0.5])]);
    const graph = network.build(network.gemm(hidden, [[3, 1, 4]]));
    const guided = { id: 'guided-ig', steps: 2, fraction: 0.5, ...settings };
    const { relevance } = await explained(graph, guided, Float32Array.of(1, 1));
    values.forEach((value, i) => {
      expect(relevance[i]).toBeCloseTo(value, 5);
    });
  });

  test('guided-ig by hand: no number stays far behind the straight line', async () => {
    // f = 3 x0 + x1 + 2 x2 + 4 ReLU(x0 + x1 + x2 - 6/5) from 0 to 1, half of the smaller gradients at a time.
    const network = new NetworkBuilder([3]);
    const rows = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]]; // biome-ignore format: one line
    const hidden = network.add('Relu', [network.gemm(network.input, rows, [5, 5, 5, -1.2])]);
    const graph = network.build(network.gemm(hidden, [[3, 1, 2, 4]]));
    const settings = { id: 'guided-ig', steps: 2, fraction: 0.5, distance: 0.25 };
    const { relevance } = await explained(graph, settings, Float32Array.of(1, 1, 1));
    // At (3, 1, 2) all go to 1/4, the last two to 5/8; at (7, 5, 6) all to 3/4, then to 1. Without the line, x0 would get 7.
    [6, 2.5, 3.5].forEach((value, i) => {
      expect(relevance[i]).toBeCloseTo(value, 5);
    });
  });

  test('a linear network: x - x0 times its weights, whatever the path', async () => {
    const network = new NetworkBuilder([4]);
    const graph = network.build(network.gemm(network.input, [[3, -1, 0.5, 2]]));
    const input = Float32Array.of(1, -2, 0, 4);
    const settings = { id: 'guided-ig', steps: 10, baseline: 1 };
    const { relevance, expected } = await explained(graph, settings, input);
    // What is at its end already does not move.
    [0, 3, -0.5, 6].forEach((value, i) => {
      expect(relevance[i]).toBeCloseTo(value, 5);
    });
    expect(expected).toBeCloseTo(8.5, 5);
  });

  test('an input that is the baseline gets nothing', async () => {
    const network = new NetworkBuilder([2]);
    const graph = network.build(network.gemm(network.input, [[3, -1]]));
    const { relevance } = await explained(
      graph,
      { id: 'guided-ig', steps: 3, baseline: 2 },
      Float32Array.of(2, 2),
    );
    expect(Array.from(relevance)).toEqual([0, 0]);
  });

  test('blur: the sum is what a linear network loses by the blur', async () => {
    const network = new NetworkBuilder([1, 6, 6]);
    const graph = network.build(
      network.gemm(network.reshape(network.input, [36]), [Array.from(numbers(36, 'w'))]),
    );
    const { relevance, expected = 0 } = await explained(
      graph,
      { id: 'blur-ig', steps: 400, sigma: 4 },
      numbers(36, 'x'),
    );
    const sum = relevance.reduce((a, b) => a + b, 0);
    expect(Math.abs(sum - expected)).toBeLessThan(0.02 * Math.abs(expected) + 0.02);
  });

  test('blur: over zeros, one row along itself', () => {
    const one = Float32Array.of(0, 0, 1, 0, 0);
    const row = blurOverZeros(one, { rows: 1, columns: 5 }, 0.5);
    const [side, middle] = [Math.exp(-2), 1].map(
      (weight) => weight / (1 + 2 * Math.exp(-2) + 2 * Math.exp(-8)),
    );
    expect(row[2]).toBeCloseTo(middle as number, 12);
    expect(row[1]).toBeCloseTo(side as number, 12);
    const square = blurOverZeros(new Float32Array(9).fill(1), { rows: 3, columns: 3 }, 0.5);
    const edge = (middle as number) + (side as number) + Math.exp(-8) * (middle as number);
    expect(square[0]).toBeCloseTo(edge ** 2, 12);
    expect(blurOverZeros(one, { rows: 1, columns: 5 }, 0)).toEqual(Float64Array.from(one));
  });

  test('the k-th smallest number, ties and infinities included', () => {
    for (let round = 0; round < 50; round++) {
      const values = Float64Array.from(
        numbers(1 + round, 'select', round),
        (value) => Math.round(value * 5) + 0,
      );
      if (round % 3 === 0) values[0] = Number.POSITIVE_INFINITY;
      const sorted = values.slice().sort();
      sorted.forEach((value, k) => {
        expect(select(values, k)).toBe(value);
      });
    }
  });
});

describe('fullgrad', () => {
  const window = { kernel_shape: [1, 1], strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], group: 1 };

  test('by hand: |x g| and |b g| of a convolution, no dense bias', async () => {
    const network = new NetworkBuilder([1, 1, 2]);
    const weights = network.constant([2, 1, 1, 1], [1, -1]);
    const hidden = network.add('Relu', [
      network.add('Conv', [network.input, weights, network.constant([2], [0.5, 3])], window),
    ]);
    const graph = network.build(network.gemm(network.reshape(hidden, [4]), [[1, 2, 4, 8]], [100]));
    // z = [1.5, 2.5], [2, 1]; all positive. g of z: [1, 2], [4, 8]; of x: 1 - 4, 2 - 8.
    const { relevance } = await explained(graph, { id: 'fullgrad' }, Float32Array.of(1, 2));
    expect(Array.from(relevance)).toEqual([3 + 0.5 + 12, 12 + 1 + 24]);
  });

  test('by hand: a batch normalisation on its own adds shift - mean scale / deviation', async () => {
    const network = new NetworkBuilder([1, 1, 2]);
    const weights = network.constant([1, 1, 1, 1], [1]);
    const convolved = network.add('Conv', [network.input, weights], window);
    const numbers = [2, 1, 3, 4].map((value) => network.constant([1], [value]));
    const normed = network.add('BatchNormalization', [convolved, ...numbers], { epsilon: { float: 0 } });
    const graph = network.build(network.gemm(network.reshape(network.add('Relu', [normed]), [2]), [[1, 2]]));
    // 2 (x - 3) / 2 + 1 = x - 2: it adds -2.
    const { relevance } = await explained(graph, { id: 'fullgrad' }, Float32Array.of(5, 7));
    expect(Array.from(relevance)).toEqual([5 + 2, 14 + 4]);
  });

  test('a network without convolutions is refused', async () => {
    const network = new NetworkBuilder([1, 2, 2]);
    const graph = network.build(network.gemm(network.reshape(network.input, [4]), [[1, 2, 3, 4]]));
    await expect(explained(graph, { id: 'fullgrad' }, numbers(4, 'x'))).rejects.toThrow(
      'network of fullgrad (test): expected convolutions over an image or a signal, got none',
    );
  });
});

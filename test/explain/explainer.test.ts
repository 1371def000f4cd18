import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Engine } from '../../src/engine/engine.js';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { createExplainers, type Explained } from '../../src/explain/explainer.js';
import { sumOverChannels } from '../../src/explain/heatmap.js';
import type { ExplainOptions, ExplainRequest } from '../../src/explain/request.js';
import { writeNpy } from '../../src/files/npy.js';
import { floatTensor, sizeOf } from '../../src/graph/tensor.js';
import { Reference } from './dense.js';
import { NetworkBuilder, networkFrom, numbers, relativeError } from './networks.js';

/** A convolution with ReLU and max pool and a dense layer over [3, 20, 18]. */
function smallNetwork() {
  const build = new NetworkBuilder([3, 20, 18]);
  const weights = build.constant([4, 3, 3, 3], numbers(108, 'w'));
  const window = { kernel_shape: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1], dilations: [1, 1], group: 1 };
  const bias = build.constant([4], [0.1, -0.1, 0.2, 0]);
  const hidden = build.add('Relu', [build.add('Conv', [build.input, weights, bias], window)]);
  const pooled = build.add('MaxPool', [hidden], {
    kernel_shape: [2, 2],
    strides: [2, 2],
    pads: [0, 0, 0, 0],
  });
  const dense = Array.from({ length: 5 }, (_, i) => Array.from(numbers(360, 'dense', i)));
  return networkFrom(build.build(build.gemm(build.reshape(pooled, [360]), dense)));
}

const network = smallNetwork();
const size = sizeOf(network.inputShape);
const requests: ExplainRequest[] = Array.from({ length: 5 }, (_, i) => ({
  id: `image${i}`,
  input: numbers(size, 'image', i),
  target: i,
}));

async function explained(
  method: string,
  options: ExplainOptions = {},
  of = requests,
  by = network,
): Promise<Explained[]> {
  const explainers = await createExplainers(onnxruntime, by, [method], options);
  const [results = []] = await explainers.explain(of);
  await explainers.release();
  return results as Explained[];
}

const METHODS = [
  'gradient',
  'sensitivity-l2',
  'gradient-x-input',
  'smoothgrad',
  'integrated-gradients',
  'guided-backprop',
  'deconvnet-linf',
  'occlusion',
  'grad-cam',
  'layer-cam@Relu',
  'guided-grad-cam-l2',
  'lrp-alpha2-beta1',
  'lrp-epsilon-0.01',
  'lrp-gamma-0.25',
  'epsilon-gamma-box',
  'random',
  'center',
  'edges',
];

const bounds = { low: [-1], high: [1] };

test.each(METHODS)('%s does not depend on the batch', async (method) => {
  const [alone, together] = [
    await explained(method, { batch: 1, ...bounds }),
    await explained(method, { batch: 3, ...bounds }),
  ];
  requests.forEach((_, i) => {
    expect(relativeError(together[i]?.relevance ?? [], alone[i]?.relevance ?? [])).toBeLessThan(1e-6);
    expect(relativeError(together[i]?.logits ?? [], alone[i]?.logits ?? [])).toBeLessThan(1e-6);
  });
});

test.each(['smoothgrad', 'integrated-gradients', 'occlusion'])(
  '%s gives the same bits in batches of any size',
  async (method) => {
    const [expected, ...others] = await Promise.all(
      [1, 2, 7, 32].map((batch) => explained(method, { batch, ...bounds })),
    );
    for (const other of others) expect(other).toEqual(expected);
  },
);

test('a set gives what each of its methods gives alone, in their order', async () => {
  const set = await createExplainers(onnxruntime, network, METHODS, bounds);
  const results = await set.explain(requests);
  await set.release();
  expect(set.methods.map(({ id }) => id)).toEqual(METHODS);
  for (const [m, method] of METHODS.entries()) {
    const alone = await explained(method, bounds);
    alone.forEach(({ relevance, channels, logits }, r) => {
      const together = results[m]?.[r];
      expect(together?.channels, method).toBe(channels);
      expect(relativeError(together?.relevance ?? [], relevance), method).toBeLessThan(1e-6);
      expect(relativeError(together?.logits ?? [], logits), method).toBeLessThan(1e-6);
    });
  }
});

test('what methods share is computed once, whatever it is called', async () => {
  let loaded = 0;
  let outputs: readonly string[] = [];
  const counting: Engine = {
    name: 'counting',
    load(graph, options) {
      loaded++;
      outputs = graph.outputs;
      return onnxruntime.load(graph, options);
    },
  };
  const ids = ['lrp-zplus', 'excitation-backprop', 'mine', 'gradient', 'sensitivity-l2', 'gradient-x-input'];
  const composites = { mine: [{ match: { op: ['Conv', 'Gemm'] }, rule: 'zplus' }] };
  const set = await createExplainers(counting, network, ids, { composites });
  const results = await set.explain(requests);
  await set.release();
  expect([loaded, outputs.length]).toEqual([1, 3]);
  expect(results[1]).toEqual(results[0]);
});

test('a session that cannot be loaded takes those before it with it', async () => {
  const held = new Set<unknown>();
  const full: Engine = {
    name: 'full',
    async load(graph, options) {
      if (held.size === 1) throw new Error('no memory');
      const session = await onnxruntime.load(graph, options);
      const counted = {
        run: session.run,
        release() {
          held.delete(counted);
          return session.release();
        },
      };
      held.add(counted);
      return counted;
    },
  };
  await expect(createExplainers(full, network, ['lrp-zplus', 'smoothgrad'])).rejects.toThrow('no memory');
  expect(held.size).toBe(0);
});

test('logits come with every method', async () => {
  for (const method of ['gradient', 'random', 'occlusion']) {
    const [result] = await explained(method, {}, requests.slice(0, 1));
    const { logits } = new Reference(network.graph, requests[0]?.input ?? []);
    expect(relativeError(result?.logits ?? [], logits), method).toBeLessThan(1e-6);
  }
});

test('weights explain a sum of classes: the gradients of its logits add up', async () => {
  const [request] = requests as [ExplainRequest];
  const of = (target: number) => ({ ...request, target });
  const [a, b] = await explained('gradient', {}, [of(1), of(3)]);
  const [sum] = await explained('gradient', {}, [{ ...request, weights: Float32Array.of(0, 2, 0, -1, 0) }]);
  const expected = (a?.relevance ?? new Float32Array()).map((v, i) => 2 * v - (b?.relevance[i] as number));
  expect(relativeError(sum?.relevance ?? [], expected)).toBeLessThan(1e-6);
});

test('start one is start logit divided by the logit', async () => {
  const [logit, one] = [await explained('lrp-zplus'), await explained('lrp-zplus', { start: 'one' })];
  requests.forEach(({ target }, i) => {
    const score = logit[i]?.logits[target] as number;
    expect(
      relativeError(one[i]?.relevance.map((v) => v * score) ?? [], logit[i]?.relevance ?? []),
    ).toBeLessThan(1e-5);
  });
});

describe('poolings', () => {
  test('over channels: l2, linf, square, and the channel sum of a heatmap', async () => {
    const set = await createExplainers(onnxruntime, network, [
      'gradient',
      'gradient-l2',
      'sensitivity-linf',
      'sensitivity-square',
      'gradient-x-input',
    ]);
    const [signal, l2, linf, square, product] = (await set.explain(requests.slice(0, 1))).map(
      ([first]) => first,
    );
    await set.release();
    const gradient = signal?.relevance as Float32Array;
    const area = 360;
    const at = (place: number) => [0, 1, 2].map((channel) => gradient[channel * area + place] as number);
    for (const place of [0, 17, 359]) {
      expect(l2?.relevance[place]).toBeCloseTo(Math.hypot(...at(place)), 6);
      expect(linf?.relevance[place]).toBeCloseTo(Math.max(...at(place).map(Math.abs)), 6);
      expect(square?.relevance[place]).toBeCloseTo(Math.hypot(...at(place)) ** 2, 6);
      const sum = at(place).reduce((a, b) => a + b);
      expect(sumOverChannels({ relevance: gradient, channels: 3 })[place]).toBeCloseTo(sum, 6);
    }
    const [first] = requests as [ExplainRequest];
    expect(product?.relevance[7]).toBeCloseTo((gradient[7] as number) * (first.input[7] as number), 6);
    expect([signal, l2, linf, square].map((each) => each?.channels)).toEqual([3, 1, 1, 1]);
  });
});

describe('gradients averaged over variants of the input', () => {
  test('integrated gradients: x times the mean slope at 50 midpoints of the line from zero', async () => {
    const W = [[0.5, -1, 2], [1, 1, -0.5]]; // biome-ignore format: a matrix
    const v = [1.5, -2];
    const x = [1, -0.5, 0.25];
    const build = new NetworkBuilder([3]);
    const graph = build.build(build.gemm(build.add('Tanh', [build.gemm(build.input, W)]), [v, v]));
    const request = { id: 'x', input: Float32Array.from(x), target: 1 };
    const [result] = await explained('integrated-gradients', {}, [request], networkFrom(graph));
    const slope = (t: number, i: number) =>
      W.reduce((sum, w, h) => {
        const z = w.reduce((total, weight, k) => total + weight * t * (x[k] as number), 0);
        return sum + (v[h] as number) * (1 - Math.tanh(z) ** 2) * (w[i] as number);
      }, 0);
    x.forEach((value, i) => {
      const mean =
        Array.from({ length: 50 }, (_, k) => slope((k + 0.5) / 50, i)).reduce((a, b) => a + b) / 50;
      expect(result?.relevance[i]).toBeCloseTo(value * mean, 6);
    });
  });

  test('smoothgrad depends on seed and image id, and is near the gradient of a linear network', async () => {
    const build = new NetworkBuilder([4]);
    const linear = networkFrom(build.build(build.gemm(build.input, [[1, 2, 3, 4], [0, 1, 0, 1]]))); // biome-ignore format: a matrix
    const ofLinear = { id: 'a', input: Float32Array.of(1, 0, 2, 0), target: 0 };
    const [result] = await explained('smoothgrad', {}, [ofLinear], linear);
    expect(Array.from(result?.relevance ?? [])).toEqual([1, 2, 3, 4]);

    const [request] = requests as [ExplainRequest];
    const of = async (id: string, seed: number) =>
      (await explained('smoothgrad', { seed }, [{ ...request, id }]))[0]?.relevance;
    const base = await of('a', 1);
    expect(await of('a', 1)).toEqual(base);
    expect(await of('b', 1)).not.toEqual(base);
    expect(await of('a', 2)).not.toEqual(base);
  });
});

describe('occlusion', () => {
  test('of a linear network: what each window held, averaged over the windows of a place', async () => {
    const build = new NetworkBuilder([1, 20, 24]);
    const weights = Array.from(numbers(480, 'linear'));
    const linear = networkFrom(
      build.build(build.gemm(build.reshape(build.input, [480]), [weights, weights])),
    );
    const input = numbers(480, 'x');
    const [result] = await explained('occlusion', {}, [{ id: 'x', input, target: 0 }], linear);
    const held = (top: number, left: number) => {
      let sum = 0;
      for (let y = top; y < top + 16; y++) {
        for (let x = left; x < left + 16; x++)
          sum += (input[y * 24 + x] as number) * (weights[y * 24 + x] as number);
      }
      return sum;
    };
    // Windows start at 0 and 4 vertically, 0 and 8 horizontally.
    expect(result?.relevance[0]).toBeCloseTo(held(0, 0), 4);
    expect(result?.relevance[19 * 24 + 23]).toBeCloseTo(held(4, 8), 4);
    const middle = (held(0, 0) + held(0, 8) + held(4, 0) + held(4, 8)) / 4;
    expect(result?.relevance[10 * 24 + 12]).toBeCloseTo(middle, 4);
  });
});

describe('baselines', () => {
  test('random: uniform, by seed and image id', async () => {
    const [a, b] = await explained('random');
    expect(a?.relevance).not.toEqual(b?.relevance);
    expect(a?.relevance.length).toBe(360);
    expect(Math.min(...(a?.relevance ?? []))).toBeGreaterThanOrEqual(0);
    expect((await explained('random', { seed: 1 }))[0]?.relevance).not.toEqual(a?.relevance);
  });

  test('center: highest in the middle, zero in the corners', async () => {
    const [map] = await explained('center');
    const at = (y: number, x: number) => map?.relevance[y * 18 + x] as number;
    expect([at(0, 0), at(0, 17), at(19, 0), at(19, 17)]).toEqual([0, 0, 0, 0]);
    expect(at(9, 8)).toBe(at(10, 9));
    expect(Math.max(...(map?.relevance ?? []))).toBe(at(9, 8));
  });

  test('edges: Sobel magnitude of a step, over channels', async () => {
    const input = Float32Array.from({ length: size }, (_, i) => (i % 18 < 9 ? 0 : i < 360 ? 1 : 0));
    const [map] = await explained('edges', {}, [{ id: 'step', input, target: 0 }]);
    const row = Array.from(map?.relevance.subarray(5 * 18, 6 * 18) ?? []);
    expect(row).toEqual(Array.from({ length: 18 }, (_, x) => (x === 8 || x === 9 ? 4 : 0)));
  });
});

describe('heatmaps made elsewhere', () => {
  const folder = mkdtempSync(join(tmpdir(), 'heatproof-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const write = (id: string, shape: number[], fill = 0.5) =>
    writeFileSync(join(folder, `${id}.npy`), writeNpy(shape, new Float32Array(sizeOf(shape)).fill(fill)));
  const read = (id: string) => explained(`file:${folder}`, {}, [{ ...(requests[0] as ExplainRequest), id }]);

  test('one number a place, or one a channel and place', async () => {
    write('pooled', [20, 18]);
    write('whole', [3, 20, 18]);
    expect((await read('pooled'))[0]).toMatchObject({ channels: 1 });
    expect((await read('whole'))[0]).toMatchObject({ channels: 3 });
  });

  test.each([
    [[1, 20, 18], 1],
    [[1, 1, 20, 18], 1],
    [[1, 3, 20, 18], 3],
  ])('axes of length 1 before them: [%s]', async (shape, channels) => {
    write('batched', shape);
    expect((await read('batched'))[0]).toMatchObject({ channels });
  });

  test('none where there is no file', async () => {
    expect(await read('missing')).toEqual([undefined]);
  });

  test.each([
    ['two', /expected shape \[20,18\] or \[3,20,18\], got \[2,20,18\]/],
    ['shape', /expected shape \[20,18\] or \[3,20,18\], got \[18,20\]/],
    ['infinite', /element 0\): expected finite numbers, got Infinity/],
    ['../outside', /leads out of the heatmap folder/],
  ])('%s is refused in one line', async (id, message) => {
    write('shape', [18, 20]);
    write('two', [2, 20, 18]);
    write('infinite', [20, 18], Number.POSITIVE_INFINITY);
    await expect(read(id)).rejects.toThrow(message);
  });
});

test.each([
  [{ input: new Float32Array(7) }, 'expected 1080 numbers ([3,20,18]), got 7'],
  [{ target: 5 }, 'expected a class of 0..4, got 5'],
  [{ target: -1 }, 'expected a class of 0..4, got -1'],
])('a request with %j is refused', async (change, message) => {
  const request = { ...(requests[0] as ExplainRequest), ...change };
  await expect(explained('gradient', {}, [request])).rejects.toThrow(message);
});

test('zbox without a known range, or with one end of it, is refused', async () => {
  await expect(explained('lrp-zplus-zbox-first')).rejects.toThrow(/expected low and high/);
  await expect(explained('lrp-zplus', { low: [-1] })).rejects.toThrow(
    'range of the network input: expected low and high, got low alone',
  );
});

test('zbox with bounds by channel, or by number of the input', async () => {
  await expect(explained('lrp-zplus-zbox-first', { low: [-1, -1], high: [1, 1] })).rejects.toThrow(
    'expected one number, one for each of 3 channels or 1080, got 2 numbers',
  );
  const one = await explained('lrp-zplus-zbox-first', { low: [-1], high: [1] });
  const three = await explained('lrp-zplus-zbox-first', { low: [-1, -1, -1], high: [1, 1, 1] });
  expect(three[0]?.relevance).toEqual(one[0]?.relevance);
  const every = { low: Array(1080).fill(-1), high: Array(1080).fill(1) };
  expect((await explained('lrp-zplus-zbox-first', every))[0]?.relevance).toEqual(one[0]?.relevance);
});

test('values of the network may be called like inputs and outputs of an explanation', async () => {
  const build = new NetworkBuilder([2]);
  const weights = build.builder.constant(floatTensor([2, 2], [1, 2, 3, 4]), 'weights');
  const hidden = build.builder.add('Gemm', [build.input, weights], { transB: 1 }, 'relevance');
  const rectified = build.builder.add('Relu', [hidden], {}, 'target');
  const graph = build.build(build.gemm(rectified, [[1, 0], [0, 1]])); // biome-ignore format: a matrix
  const request = { id: 'x', input: Float32Array.of(1, 1), target: 1 };
  const [result] = await explained('gradient', {}, [request], networkFrom(graph));
  expect(Array.from(result?.relevance ?? [])).toEqual([3, 4]);
});

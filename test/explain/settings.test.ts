import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { experimentSchema, loadExperiment, namedMethods } from '../../src/experiment/config.js';
import { createExplainers } from '../../src/explain/explainer.js';
import { resolveMethod } from '../../src/explain/methods.js';
import type { MethodSettings } from '../../src/explain/own-methods.js';
import { validate } from '../../src/files/yaml.js';
import type { Graph } from '../../src/graph/graph.js';
import { randomStream } from '../../src/random.js';
import { builtHere } from '../cli/heatproof.js';
import { randomInputs, writeExperiment } from '../run/experiment.js';
import { NetworkBuilder, networkFrom, numbers, relativeError } from './networks.js';

const linear = (shape: number[], weights: ArrayLike<number>, bias = 0): Graph => {
  const network = new NetworkBuilder(shape);
  const size = weights.length;
  const flat = shape.length === 1 ? network.input : network.reshape(network.input, [size]);
  return network.build(network.gemm(flat, [Array.from(weights)], [bias]));
};

async function relevance(graph: Graph, settings: MethodSettings, input: Float32Array, seed = 0) {
  const composites = { mine: settings };
  const explainers = await createExplainers(onnxruntime, networkFrom(graph), ['mine'], { composites, seed });
  const [[explained] = []] = await explainers.explain([{ id: 'x', input, target: 0 }]);
  await explainers.release();
  return Array.from(explained?.relevance ?? []);
}

describe('what is set counts', () => {
  test('occlusion: window, stride and value, by hand', async () => {
    // Windows at 0..1 and 1..2 (moved inside) of one row of three; what is hidden becomes 5.
    const graph = linear([1, 1, 3], [1, 10, 100]);
    const settings = { id: 'occlusion', window: 2, stride: 2, value: 5 };
    const got = await relevance(graph, settings, Float32Array.of(1, 2, 3));
    const [first, second] = [1 * (1 - 5) + 10 * (2 - 5), 10 * (2 - 5) + 100 * (3 - 5)];
    expect(got).toEqual([first, (first + second) / 2, second]);
  });

  test.each([
    ['one number', 2, [2, 2, 2, 2]],
    ['one a channel', [2, -3], [2, 2, -3, -3]],
  ])('integrated gradients: a baseline of %s', async (_, baseline, start) => {
    const x = [1, -1, 0.5, 4];
    const graph = linear([2, 1, 2], [1, 2, 3, 4]);
    const settings = { id: 'integrated-gradients', steps: 3, baseline };
    const got = await relevance(graph, settings, Float32Array.from(x));
    expect(got).toEqual(x.map((value, i) => (value - (start[i] as number)) * (i + 1)));
  });

  test('integrated gradients: midpoints between the baseline and the input', async () => {
    // relu(x): of the midpoints -0.5, 0.5, 1.5, 2.5 of the line from -1 to 3 three are positive.
    const network = new NetworkBuilder([1]);
    const graph = network.build(network.gemm(network.add('Relu', [network.input]), [[1]]));
    const settings = { id: 'integrated-gradients', steps: 4, baseline: -1 };
    expect(await relevance(graph, settings, Float32Array.of(3))).toEqual([4 * (3 / 4)]);
  });

  test('smoothgrad: samples and noise', async () => {
    const [A, b] = [Array.from({ length: 6 }, (_, j) => [...numbers(4, 'a', j)]), [...numbers(6, 'b')]];
    const c = [...numbers(6, 'c')];
    const network = new NetworkBuilder([4]);
    const graph = network.build(network.gemm(network.add('Relu', [network.gemm(network.input, A, b)]), [c]));
    const x = numbers(4, 'x');
    const deviation = 0.7 * (Math.max(...x) - Math.min(...x));
    const gradientAt = (at: number[]) =>
      at.map((_, i) =>
        A.reduce((sum, row, j) => {
          const z = row.reduce((total, w, k) => total + w * (at[k] as number), b[j] as number);
          return sum + (z > 0 ? (c[j] as number) * (row[i] as number) : 0);
        }, 0),
      );
    const gradients = [0, 1, 2].map((sample) => {
      const noise = randomStream(7, 'smoothgrad', 'x', sample);
      return gradientAt(Array.from(x, (value, i) => value + deviation * noise.normal(i)));
    });
    const expected = gradientAt([...x]).map((_, i) => gradients.reduce((sum, g) => sum + (g[i] as number) / 3, 0)); // biome-ignore format: one line
    const got = await relevance(graph, { id: 'smoothgrad', samples: 3, noise: 0.7 }, x, 7);
    expect(relativeError(got, expected)).toBeLessThan(1e-5);
  });

  test('poolings keep the parameters, and the record says them', () => {
    const composites = { mine: { id: 'smoothgrad-l2', samples: 3 } };
    const method = resolveMethod('mine', composites);
    expect(method.definition(true)).toEqual({ kind: 'smoothgrad', samples: 3, noise: 0.15, pooling: ['l2'] });
    expect(method.signed).toBe(false);
  });
});

test.each([
  [{ id: 'smoothgrad', sampels: 20 }, "unknown key 'sampels' (method 'mine') (did you mean 'samples'?)"],
  [{ id: 'smoothgrad', samples: 0.5 }, "config value (method 'mine', key samples): expected int, got 0.5"],
  [{ id: 'lrp-zplus', samples: 2 }, "method 'mine': 'lrp-zplus' has no parameters"],
])('%j of the library is refused', (settings, message) => {
  expect(() => resolveMethod('mine', { mine: settings })).toThrow(message);
});

describe('in a config', () => {
  const config = { name: 'x', model: 'net.yaml', dataset: { type: 'folder', root: 'a' } };
  const named = (methods: unknown[], composites?: object) => {
    const parsed = validate(experimentSchema, { ...config, methods, composites }, 'x.yaml');
    return namedMethods(parsed.methods, parsed.composites);
  };

  test('names are given, or made of what is set', () => {
    const { methods, composites } = named(
      [
        'random',
        { id: 'smoothgrad', samples: 20, noise: 0.1 },
        { id: 'smoothgrad-l2', samples: 50 },
        { id: 'integrated-gradients', baseline: [-1, 0.5], name: 'from-grey' },
        { id: 'integrated-gradients', baseline: [-1, 0.5] },
      ],
      { toolbox: [{ use: 'lrp-zplus' }] },
    );
    expect(methods).toEqual([
      'random',
      'smoothgrad-samples20-noise0.1',
      'smoothgrad-l2',
      'from-grey',
      'integrated-gradients-baseline-1_0.5',
    ]);
    expect(Object.keys(composites ?? {})).toEqual([
      'toolbox',
      ...methods.filter((name) => /20|from|line/.test(name)),
    ]);
    for (const method of methods) expect(resolveMethod(method, composites).id).toBe(method);
  });

  test.each([
    [
      [{ id: 'smoothgrad', sampels: 20 }],
      "unknown key 'sampels' (x.yaml, key methods.0) (did you mean 'samples'?)",
    ],
    [[{ id: 'smoothgrad', samples: 0 }], 'key methods.0.samples'],
    [[{ id: 'lrp-zplus', samples: 2 }], 'key methods.0.id'],
    [[{ id: 'occlusion', stride: 20 }], 'stride (occlusion): expected at most the window, 16, got 20'],
    [
      [{ id: 'occlusion', stride: 2, name: 'random' }],
      "method 'random': expected another name, since a method has this one",
    ],
    [
      [
        { id: 'occlusion', stride: 2, name: 'a' },
        { id: 'occlusion', name: 'a' },
      ],
      "methods: 'a' stands there twice",
    ],
    [[{ id: 'occlusion', stride: 2, name: 'a/b' }], 'letters, digits'],
  ])('%j is refused', (methods, message) => {
    const resolve = () => {
      const { methods: names, composites } = named(methods);
      for (const name of names) resolveMethod(name, composites);
    };
    expect(resolve).toThrow(message);
  });

  test('a baseline of the wrong number of channels is refused', async () => {
    const settings = { id: 'integrated-gradients', baseline: [1, 2, 3] };
    await expect(relevance(linear([2, 1, 1], [1, 2]), settings, Float32Array.of(1, 2))).rejects.toThrow(
      'numbers of the baseline (integrated gradients): expected one, or one for each of 2 channels, got 3',
    );
  });
});

describe('through the command line', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'heatproof-settings-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('a run measures a method twice with other parameters, by name', async () => {
    const path = writeExperiment(folder, linear([1, 4, 4], numbers(16, 'w')), randomInputs(2, [1, 4, 4]), {
      methods: [
        { id: 'occlusion', window: 2, stride: 1, name: 'fine' },
        { id: 'occlusion', window: 4, stride: 4 },
      ],
      perturbation: { region: 1, steps: 4 },
    });
    const out = join(folder, 'out');
    const { code, stderr } = await builtHere(['run', path, '--out', out, '--quiet']);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const { definition, experiment } = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8'));
    expect(definition.methods).toMatchObject({
      fine: { window: 2, stride: 1 },
      'occlusion-window4-stride4': { window: 4 },
    });
    expect(experiment.methods).toEqual(['fine', 'occlusion-window4-stride4']);
    const rows = readFileSync(join(out, 'aopc.csv'), 'utf8').trim().split('\n').slice(1);
    expect(rows.map((row) => row.split(',').slice(0, 2).join())).toHaveLength(2);
    expect((await loadExperiment(path)).methods).toEqual(experiment.methods);
  });
});

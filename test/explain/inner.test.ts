import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { createConservationCheck } from '../../src/explain/conservation-check.js';
import { createExplainers, type Explained } from '../../src/explain/explainer.js';
import { exportExplanation } from '../../src/explain/export.js';
import { resolveMethod } from '../../src/explain/methods.js';
import { readNpy, writeNpy } from '../../src/files/npy.js';
import type { Graph } from '../../src/graph/graph.js';
import { inferShapes } from '../../src/graph/shapes.js';
import { loadNetwork, type Network } from '../../src/import/network.js';
import { channelRows } from '../../src/input/layout.js';
import { resized } from '../../src/input/resize.js';
import { embedWords } from '../../src/library/words.js';
import { toOnnx } from '../../src/onnx/encode.js';
import { heatproof } from '../cli/heatproof.js';
import { hasShared, needsShared, shared } from '../shared.js';
import { NetworkBuilder, networkFrom, numbers, relativeError } from './networks.js';

async function explained(
  network: Network,
  methods: readonly string[],
  input: Float32Array,
  target = 0,
): Promise<Explained[]> {
  const set = await createExplainers(onnxruntime, network, methods, {});
  const found = await set.explain([{ id: 'x', input, target }]);
  await set.release();
  return found.map(([one]) => one as Explained);
}

const WINDOW = { kernel_shape: [1, 1], strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], group: 1 };

/** ReLU(x) and ReLU(-x) of an image of 2 x 2 places, averaged and weighted with 8 and -4. */
function halves(): Graph {
  const build = new NetworkBuilder([1, 2, 2]);
  const hidden = build.add('Conv', [build.input, build.constant([2, 1, 1, 1], [1, -1])], WINDOW);
  const both = build.add('Relu', [hidden]);
  const pool = build.add('AveragePool', [both], {
    kernel_shape: [2, 2],
    strides: [1, 1],
    pads: [0, 0, 0, 0],
  });
  return build.build(build.gemm(build.reshape(pool, [2]), [[8, -4]], [1]));
}

describe('by hand', () => {
  const input = Float32Array.of(1, -2, 3, -4);
  // A = [1 0 3 0], [0 2 0 4]; g = 8 / 4 and -4 / 4 everywhere.
  test.each([
    ['grad-cam', [2, -2, 6, -4]],
    ['hires-cam', [2, -2, 6, -4]],
    ['xgrad-cam', [2, -2, 6, -4]],
    ['layer-cam', [2, 0, 6, 0]],
    // Four places of 2 / (2 + 4 * 2); the other channel has no positive gradient.
    ['grad-cam++', [0.8, 0, 2.4, 0]],
    ['gradient-x-input@Relu', [2, -2, 6, -4]],
  ])('%s', async (method, raw) => {
    const [found] = await explained(networkFrom(halves()), [method], input);
    const { relevance = [], channels = 0, rows, columns, layer } = found?.inner ?? {};
    expect([channels > 0, rows, columns, layer]).toEqual([true, 2, 2, 'Relu']);
    const { values } = { values: Array.from(found?.relevance ?? []) };
    if (method.includes('@')) {
      // Each channel on its own: gradient times activation, and the gradient before.
      expect(values).toEqual([2, 0, 6, 0, 0, -2, 0, -4].map((value) => value || expect.closeTo(0)));
      expect(Array.from(relevance)).toEqual([2, 2, 2, 2, -1, -1, -1, -1]);
      return;
    }
    raw.forEach((value, i) => {
      expect(relevance[i]).toBeCloseTo(value, 6);
      expect(values[i]).toBeCloseTo(Math.max(value, 0), 6);
    });
  });

  test('guided-grad-cam: guided backpropagation times the map', async () => {
    // Guided: 2 where x > 0; the negative signal of the other channel is cut.
    const [found] = await explained(networkFrom(halves()), ['guided-grad-cam'], input);
    expect(Array.from(found?.relevance ?? [], (value) => value + 0)).toEqual([4, 0, 12, 0]);
  });

  test('guided-grad-cam: nothing where the map speaks against the class', async () => {
    // Gradients 3 and -5: their mean is negative, and so is the map; guided, the first place has 3.
    const build = new NetworkBuilder([1, 1, 2]);
    const relu = build.add('Relu', [build.input]);
    const graph = build.build(build.gemm(build.reshape(relu, [2]), [[3, -5]]));
    const found = await explained(
      networkFrom(graph),
      ['guided-backprop', 'guided-grad-cam'],
      Float32Array.of(1, 2),
    );
    expect(found.map(({ relevance }) => Array.from(relevance, (value) => value + 0))).toEqual([
      [3, 0],
      [0, 0],
    ]);
  });

  test('a channel whose activations cancel, and a dead one, count for nothing', async () => {
    const build = new NetworkBuilder([1, 1, 2]);
    const weights = build.constant([2, 1, 1, 1], [1, 0]);
    const hidden = build.add('Conv', [build.input, weights], WINDOW);
    const graph = build.build(build.gemm(build.reshape(hidden, [4]), [[1, 2, 5, 5]]));
    const found = await explained(networkFrom(graph), ['xgrad-cam', 'grad-cam++'], Float32Array.of(1, -1));
    expect(Array.from(found[0]?.inner?.relevance ?? [])).toEqual([0, 0]);
    // S = 0 and S = 0: w = (1 + 2) / 2 of the first channel, and the dead one has nothing to weigh.
    expect(Array.from(found[1]?.inner?.relevance ?? [])).toEqual([1.5, -1.5]);
  });

  test('places are stretched with half-pixel centres and repeated edges', () => {
    const row = { rows: 1, columns: 2 };
    expect(Array.from(resized(Float32Array.of(0, 4), row, { rows: 1, columns: 4 }))).toEqual([0, 1, 3, 4]);
    const map = Float32Array.of(0, 4, 8, 12);
    const square = { rows: 2, columns: 2 };
    expect(Array.from(resized(map, square, { rows: 4, columns: 1 }))).toEqual([2, 4, 8, 10]);
    expect(Array.from(resized(map, square, square))).toEqual([0, 4, 8, 12]);
  });
});

describe('relevance of an inner layer', () => {
  test('lies there before it goes on to the input', async () => {
    const network = networkFrom(halves());
    const input = Float32Array.of(1, -2, 3, -4);
    const ids = ['lrp-epsilon-1e-9@Relu', 'lrp-epsilon-1e-9', 'gradient@Relu', 'lrp-epsilon-1e-9@Conv'];
    const [inner, whole, gradient, before] = await explained(network, ids, input);
    // Shares of z = 8 * 1 - 4 * 1.5 + 1 = 3: the weighted activations; the bias keeps 1.
    expect(Array.from(inner?.inner?.relevance ?? [], (value) => Math.round(value * 1e4) / 1e4 + 0)).toEqual([
      2, 0, 6, 0, 0, -2, 0, -4,
    ]);
    expect(relativeError(before?.inner?.relevance ?? [], inner?.inner?.relevance ?? [])).toBeLessThan(1e-6);
    expect(Array.from(whole?.relevance ?? [], (value) => Math.round(value * 1e4) / 1e4)).toEqual([
      2, -2, 6, -4,
    ]);
    expect(Array.from(gradient?.inner?.relevance ?? [])).toEqual([2, 2, 2, 2, -1, -1, -1, -1]);
  });

  test('it is saved as a model and followed layer by layer, down to that layer', async () => {
    const network = networkFrom(halves());
    const model = await ort.InferenceSession.create(exportExplanation(network, 'lrp-epsilon-1e-9@Relu'));
    const { relevance } = await model.run({
      input: new ort.Tensor('float32', Float32Array.of(1, -2, 3, -4), [1, 1, 2, 2]),
      target: new ort.Tensor('int64', BigInt64Array.of(0n), [1]),
    });
    expect(relevance?.dims).toEqual([1, 2, 2, 2]);
    expect(Number(relevance?.data[2])).toBeCloseTo(6, 4);
    const check = await createConservationCheck(onnxruntime, network, 'lrp-epsilon-1e-9@Relu');
    const [balance] = await check.check([{ id: 'x', input: Float32Array.of(1, -2, 3, -4), target: 0 }]);
    await check.release();
    // 3 of which the bias keeps 1; nothing of the convolution in front of the layer is told.
    expect(balance?.start).toBeCloseTo(3, 5);
    expect(balance?.end).toBeCloseTo(2, 4);
    expect(balance?.layers.map(({ op }) => op)).toEqual(['Gemm', 'AveragePool']);
  });

  test('a signal whose channels are told apart gets its map in every row', async () => {
    const build = new NetworkBuilder([2, 8]);
    const window = { kernel_shape: [3], strides: [2], pads: [1, 1], dilations: [1], group: 1 };
    const weights = build.constant([2, 2, 3], numbers(12, 'w'));
    const hidden = build.add('Relu', [build.add('Conv', [build.input, weights], window)]);
    const graph = build.build(build.gemm(build.reshape(hidden, [8]), [Array.from(numbers(8, 'd'))]));
    const input = numbers(16, 'x');
    const plain = networkFrom(graph);
    const [rows] = await explained({ ...plain, layout: channelRows([2, 8]) }, ['layer-cam'], input);
    const [one] = await explained(plain, ['layer-cam'], input);
    expect(one?.relevance).toHaveLength(8);
    expect(Array.from(rows?.relevance ?? [])).toEqual([...(one?.relevance ?? []), ...(one?.relevance ?? [])]);
  });

  test('the gradient counts at zeros of the layer, too', async () => {
    // A max pool over two zeros: a gradient at the first one, which a ReLU behind would have cut.
    const build = new NetworkBuilder([1, 1, 2]);
    const relu = build.add('Relu', [build.input]);
    const pool = build.add('MaxPool', [relu], { kernel_shape: [1, 2], strides: [1, 2], pads: [0, 0, 0, 0] });
    const graph = build.build(build.gemm(build.reshape(pool, [1]), [[3]]));
    const [found] = await explained(networkFrom(graph), ['gradient@Relu'], Float32Array.of(-1, -1));
    expect(Array.from(found?.inner?.relevance ?? [])).toEqual([3, 0]);
  });

  test.each([
    [
      'grad-cam@nowhere',
      "layer (network test): expected the name of a layer in front of the logits, as `heatproof inspect` prints it, got 'nowhere'",
    ],
    ['lrp-zplus@Rely', "got 'Rely' (did you mean 'Relu'?)"],
    ['grad-cam@Gemm', "got 'Gemm', which gives the logits"],
    [
      'gradient@AveragePool',
      "expected one with more than one place over the input of shape [1,2,2], got 'AveragePool' of shape [2,1,1]",
    ],
    ['occlusion@Relu', "method 'occlusion@Relu': occlusion cannot be computed at an inner layer"],
  ])('%s is refused', async (method, message) => {
    await expect(explained(networkFrom(halves()), [method], numbers(4, 'x'))).rejects.toThrow(message);
  });

  test('of two heads, the layer is the last one that both of them read', async () => {
    const build = new NetworkBuilder([1, 2, 2]);
    const relu = build.add('Relu', [build.input]);
    const pool = { kernel_shape: [2, 2], strides: [1, 1], pads: [0, 0, 0, 0] };
    const mean = build.reshape(build.add('AveragePool', [relu], pool), [1]);
    const all = build.reshape(relu, [4]);
    const heads = build.add('Add', [build.gemm(mean, [[4]]), build.gemm(all, [[1, 0, 0, 2]])]);
    const [found] = await explained(
      networkFrom(build.build(heads)),
      ['hires-cam'],
      Float32Array.of(1, 2, 0, 3),
    );
    expect(found?.inner?.layer).toBe('Relu');
    // Each place has a quarter of 4, and its own weight.
    expect(Array.from(found?.inner?.relevance ?? [])).toEqual([2, 2, 0, 9]);
  });

  test('a network without places has no map', async () => {
    const build = new NetworkBuilder([4]);
    const network = networkFrom(build.build(build.gemm(build.add('Relu', [build.input]), [[1, 2, 3, 4]])));
    await expect(explained(network, ['grad-cam'], numbers(4, 'x'))).rejects.toThrow(
      'expected one with places on every way to the logits, got none for an input of shape [4]',
    );
  });

  test('a folder may have an @ in its name, and lines of a composite take no layer', () => {
    expect(resolveMethod('file:a@b').folder).toBe('a@b');
    const own = { mine: [{ use: 'lrp-zplus@x' }] };
    expect(() => resolveMethod('mine', own)).toThrow("method 'lrp-zplus@x' is no composite");
  });
});

describe.skipIf(!hasShared)(`transformers${needsShared}`, () => {
  const model = (name: string) =>
    loadNetwork({ weights: shared('golden-transformers', name, 'model-opset17.onnx') });
  const inputOf = (name: string) =>
    readNpy(shared('golden-transformers', name, 'x0.input.npy')).data as Float32Array;

  test.each([
    ['vit-gap', '/norm/LayerNormalization', 6],
    ['swin-mini', '/Transpose_1', 8],
  ])(
    '%s: behind the mean over its patches, the map sums to the logit without its bias',
    async (name, layer, side) => {
      const network = await model(name);
      const [found] = await explained(network, ['hires-cam'], inputOf(name), 3);
      expect(found?.inner).toMatchObject({ layer, rows: side, columns: side });
      const dense = network.graph.nodes.at(-1);
      const bias = network.graph.constants.get(dense?.inputs[2] ?? '')?.data[3] as number;
      const sum = found?.inner?.relevance.reduce((total, value) => total + value, 0);
      expect(sum).toBeCloseTo((found?.logits[3] as number) - bias, 4);
    },
  );

  test('vit-tiny: behind the last attention only the class token is read, and that is said', async () => {
    const network = await model('vit-tiny');
    const input = inputOf('vit-tiny');
    const reason = 'all that is read of it is the first token, so that no other one gets relevance';
    await expect(explained(network, ['grad-cam'], input)).rejects.toThrow(
      `expected one in front of the last attention, such as '/blocks.2/n1/LayerNormalization', got '/norm/LayerNormalization': ${reason}`,
    );
    for (const layer of ['/blocks.2/Add_1', '/blocks.2/n2/LayerNormalization', '/blocks.2/mlp/fc1/MatMul']) {
      await expect(explained(network, [`attnlrp@${layer}`], input)).rejects.toThrow(reason);
    }
    const [cam, relevance] = await explained(
      network,
      ['grad-cam@/blocks.2/n1/LayerNormalization', 'attnlrp@/blocks.2/n1/LayerNormalization'],
      input,
    );
    expect(cam?.inner).toMatchObject({ rows: 6, columns: 6, channels: 1 });
    expect(relevance?.inner).toMatchObject({ rows: 6, columns: 6, channels: 32 });
    for (const found of [cam, relevance])
      expect(found?.inner?.relevance.some((value) => value !== 0)).toBe(true);
  });

  test('bert-mini: the class token is one place, not as many as it has features; a layer that all words are read of works', async () => {
    const file = (name: string) => shared('golden-transformers', 'bert-mini', name);
    const network = await loadNetwork({ weights: file('model-opset17.onnx'), inputShape: [24] });
    const { input, given } = embedWords(network, {
      input_ids: readNpy(file('x0.input_ids.npy')).data,
      attention_mask: readNpy(file('x0.attention_mask.npy')).data,
    });
    const cam = async (method: string) => {
      const set = await createExplainers(onnxruntime, network, [method], {});
      const [[found] = []] = await set.explain([{ id: 'x', input, given, target: 0 }]);
      await set.release();
      return found?.inner;
    };
    await expect(cam('grad-cam')).rejects.toThrow(
      "expected one in front of the last attention, such as '/blocks.0/n2/LayerNormalization', got '/blocks.1/n2/LayerNormalization': all that is read of it is the first token, so that no other one gets relevance",
    );
    const named = await cam('grad-cam@/blocks.0/n2/LayerNormalization');
    expect(named).toMatchObject({ rows: 1, columns: 24, channels: 1 });
    expect(named?.relevance.some((value) => value !== 0)).toBe(true);
  });

  test('cct-mini: pooled by attention, the layer is what is weighed and what weighs', async () => {
    const [found] = await explained(await model('cct-mini'), ['layer-cam'], inputOf('cct-mini'));
    expect(found?.inner?.layer).toBe('/norm/LayerNormalization');
  });
});

describe('through the command line', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'heatproof-inner-'));
    const graph = halves();
    const dims = (value: string) => inferShapes(graph).get(value) ?? [];
    const outputs = graph.outputs.map((name) => ({ name, type: 'float32' as const, shape: dims(name) }));
    writeFileSync(join(folder, 'net.onnx'), toOnnx(graph, outputs));
    writeFileSync(join(folder, 'x.npy'), writeNpy([1, 2, 2], Float32Array.of(1, -2, 3, -4)));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const run = (...args: string[]) => {
    const out = join(folder, 'out');
    return heatproof([
      'explain',
      '--model',
      join(folder, 'net.onnx'),
      '--input',
      join(folder, 'x.npy'),
      '--out',
      out,
      ...args,
    ]);
  };
  const arrayOf = (name: string) => readNpy(join(folder, 'out', name));

  test('a map is written over the input and at its layer, which its facts name', async () => {
    const { code, stderr } = await run('--method', 'grad-cam');
    expect([code, stderr]).toEqual([0, '']);
    expect(arrayOf('x.grad-cam.npy')).toMatchObject({ shape: [1, 2, 2], data: Float32Array.of(2, 0, 6, 0) });
    expect(arrayOf('x.grad-cam.layer.npy')).toMatchObject({
      shape: [2, 2],
      data: Float32Array.of(2, -2, 6, -4),
    });
    const { layer } = JSON.parse(readFileSync(join(folder, 'out', 'x.grad-cam.json'), 'utf8'));
    expect(layer).toMatch(/Relu/);
  });

  test('--at gives a value of any shape', async () => {
    const { stdout } = await heatproof(['inspect', join(folder, 'net.onnx'), '--json']);
    const names: string[] = JSON.parse(stdout).layers.map(({ name }: { name: string }) => name);
    const flat = names.find((name) => /Reshape/.test(name)) ?? '';
    const { code, stderr } = await run('--method', 'gradient', '--at', flat, '--target', '0');
    expect([code, stderr]).toEqual([0, '']);
    expect(arrayOf('x.gradient.npy')).toMatchObject({ shape: [2], data: Float32Array.of(8, -4) });
  });

  test.each([
    [['--method', 'occlusion', '--at', 'Relu'], "method 'occlusion' gives an inner layer nothing"],
    [['--method', 'gradient', '--at', 'nowhere'], "got 'nowhere'"],
    [['--method', 'gradient', '--at', 'Relu', '--check'], '--at'],
  ])('%j is refused', async (args, message) => {
    const { code, stderr } = await run(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { afterAll, describe, expect, it } from 'vitest';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { readNpy } from '../../src/files/npy.js';
import type { GraphBuilder } from '../../src/graph/builder.js';
import { floatTensor } from '../../src/graph/tensor.js';
import { loadNetwork } from '../../src/import/network.js';
import { embedWords } from '../../src/library/words.js';
import { ModelProto } from '../../src/onnx/schema.js';
import { hasShared, needsShared, shared } from '../shared.js';
import {
  expectSameNumbers,
  graphOf,
  importGraph,
  onnxBytes,
  pooled,
  temporaryFile,
  type Write,
  weights,
} from './onnx-file.js';
import { logitsOf, noise, relativeError, runOriginal } from './support.js';
import { withInputs } from './word-file.js';

const fused = (b: GraphBuilder, op: string, inputs: string[], attributes = {}) =>
  b.add(`com.microsoft.${op}`, inputs, attributes);
const w = (b: GraphBuilder, name: string, ...dims: number[]) => weights(b, name, dims);
const EPSILON = { epsilon: { float: 1e-6 } };

const OPERATORS: Record<string, Write> = {
  Gelu: (b, x) => fused(b, 'Gelu', [x]),
  BiasGelu: (b, x) => fused(b, 'BiasGelu', [x, w(b, 'b', 8)]),
  FastGelu: (b, x) => fused(b, 'FastGelu', [x]),
  'FastGelu with a bias': (b, x) => fused(b, 'FastGelu', [x, w(b, 'b', 8)]),
  QuickGelu: (b, x) => fused(b, 'QuickGelu', [x]),
  'QuickGelu of another slope': (b, x) => fused(b, 'QuickGelu', [x], { alpha: { float: 1.2 } }),
  SkipLayerNormalization: (b, x) =>
    fused(
      b,
      'SkipLayerNormalization',
      [x, b.add('Relu', [x]), w(b, 'g', 8), w(b, 'be', 8), w(b, 'bia', 8)],
      EPSILON,
    ),
  'SkipLayerNormalization and its sum': (b, x) => {
    const inputs = [x, b.add('Relu', [x]), w(b, 'g', 8), w(b, 'be', 8)];
    const [norm = '', mean, deviation, sum = ''] = b.addMany(
      'com.microsoft.SkipLayerNormalization',
      inputs,
      4,
      EPSILON,
    );
    expect(mean).not.toBe(deviation);
    return b.add('Add', [norm, sum]);
  },
  SkipSimplifiedLayerNormalization: (b, x) =>
    fused(b, 'SkipSimplifiedLayerNormalization', [x, b.add('Relu', [x]), w(b, 'g', 8)], EPSILON),
  'Attention of 2 heads': (b, x) =>
    fused(b, 'Attention', [x, w(b, 'all', 8, 24), w(b, 'bias', 24)], { num_heads: 2 }),
  'Attention of another scale': (b, x) =>
    fused(b, 'Attention', [x, w(b, 'all', 8, 24), w(b, 'bias', 24)], { num_heads: 4, scale: { float: 0.3 } }),
  MultiHeadAttention: (b, x) => {
    const [q, k, v] = ['q', 'kk', 'vvv'].map((name) => b.add('MatMul', [x, w(b, name, 8, 8)])) as [
      string,
      string,
      string,
    ];
    return fused(b, 'MultiHeadAttention', [q, k, v, w(b, 'bias', 24)], { num_heads: 2 });
  },
  FusedMatMul: (b, x) => {
    const heads = b.add('Transpose', [b.add('Reshape', [x, b.ints([0, 5, 2, 4])])], { perm: [0, 2, 1, 3] });
    const scores = fused(b, 'FusedMatMul', [heads, heads], { transB: 1, alpha: { float: 0.5 } });
    const joined = b.add('MatMul', [b.add('Softmax', [scores], { axis: -1 }), heads]);
    return b.add('Reshape', [b.add('Transpose', [joined], { perm: [0, 2, 1, 3] }), b.ints([0, 5, 8])]);
  },
  'FusedMatMul with weights': (b, x) =>
    fused(b, 'FusedMatMul', [x, w(b, 'w', 6, 8)], { transB: 1, alpha: { float: 2 } }),
};

/** A layer with an activation; FusedConv has its parameters in a list, FusedGemm each as an attribute. */
const LAYERS: Record<string, [readonly number[], Write]> = {
  'FusedConv and LeakyRelu': [
    [-1, 3, 5, 5],
    (b, x) =>
      fused(b, 'FusedConv', [x, w(b, 'w', 4, 3, 2, 2), w(b, 'b', 4)], {
        activation: 'LeakyRelu',
        activation_params: { floats: [0.3] },
      }),
  ],
  'FusedGemm and LeakyRelu': [
    [-1, 6],
    (b, x) =>
      fused(b, 'FusedGemm', [x, w(b, 'w', 6, 8), w(b, 'b', 8)], {
        activation: 'LeakyRelu',
        activation_alpha: { float: 0.3 },
        alpha: { float: 0.75 },
      }),
  ],
  ...Object.fromEntries(
    (
      [
        ['Elu', { activation_alpha: { float: 0.6 } }],
        ['Selu', { activation_alpha: { float: 1.6 }, activation_gamma: { float: 1.1 } }],
        ['Softplus', {}],
        ['Softsign', {}],
      ] as const
    ).map(([activation, parameters]): [string, [readonly number[], Write]] => [
      `FusedGemm and ${activation}`,
      [
        [-1, 6],
        (b, x) => fused(b, 'FusedGemm', [x, w(b, 'w', 6, 8), w(b, 'b', 8)], { activation, ...parameters }),
      ],
    ]),
  ),
  'FusedGemm and HardSigmoid': [
    [-1, 6],
    (b, x) =>
      fused(b, 'FusedGemm', [x, w(b, 'w', 6, 8), w(b, 'b', 8)], {
        activation: 'HardSigmoid',
        activation_alpha: { float: 0.4 },
        activation_beta: { float: 0.3 },
      }),
  ],
};

describe('operators that onnxruntime fuses others to', () => {
  it.each(Object.entries(LAYERS))('%s', async (_, [dims, write]) => {
    const { graph } = await expectSameNumbers(
      graphOf(dims, (b, x) => b.add('Flatten', [write(b, x)])),
      17,
    );
    expect(graph.nodes.length).toBeGreaterThan(1);
  });

  it.each(Object.entries(OPERATORS))('%s', async (_, write) => {
    const { graph } = await expectSameNumbers(graphOf([-1, 5, 8], pooled(write)), 17);
    expect(graph.nodes.length).toBeGreaterThan(1);
  });

  it('an activation without parameters has those of ONNX', async () => {
    const graph = graphOf([-1, 6], (b, x) =>
      fused(b, 'FusedGemm', [x, w(b, 'w', 6, 8), w(b, 'b', 8)], { activation: 'LeakyRelu' }),
    );
    const { nodes } = (await importGraph(graph, 17)).graph;
    expect(nodes.map(({ op, attributes }) => op === 'LeakyRelu' && attributes.alpha)).toEqual([
      false,
      { float: 0.01 },
    ]);
  });

  it('may all have one name', async () => {
    const graph = graphOf([-1, 5, 8], (b, x) => {
      const first = fused(b, 'BiasGelu', [x, w(b, 'b', 8)]);
      return b.add('ReduceMean', [fused(b, 'BiasGelu', [first, w(b, 'bias', 8)])], {
        axes: [1],
        keepdims: 0,
      });
    });
    const model = ModelProto.decode(onnxBytes(graph, 17)) as unknown as {
      graph: { node: { name: string; op_type: string }[] };
    };
    for (const node of model.graph.node) if (node.op_type === 'BiasGelu') node.name = 'same';
    const path = temporaryFile(ModelProto.encode(model).finish(), '.onnx');
    const network = await loadNetwork({ weights: path });
    // onnxruntime itself asks for a name each.
    const expected = await runOriginal(
      onnxBytes(graph, 17),
      [2, 5, 8],
      noise(80),
      graph.outputs[0] as string,
    );
    expect(relativeError(await logitsOf(network.graph, noise(80)), expected)).toBeLessThan(1e-6);
  });

  it.each<[string, Write, RegExp]>([
    [
      'an attribute of another type',
      (b, x) => fused(b, 'QuickGelu', [x], { alpha: 2 }),
      /com\.microsoft\.QuickGelu \(with an attribute alpha that is no float\)/,
    ],
    [
      'a cache',
      (b, x) =>
        fused(b, 'Attention', [x, w(b, 'all', 8, 24), w(b, 'bias', 24), '', w(b, 'past', 2, 1, 2, 3, 4)], {
          num_heads: 2,
        }),
      /unsupported operators: com\.microsoft\.Attention \(with a cache of keys and values\) at 'com\.microsoft\.Attention'/,
    ],
    [
      'attention to the past only',
      (b, x) =>
        fused(b, 'Attention', [x, w(b, 'all', 8, 24), w(b, 'bias', 24)], { num_heads: 2, unidirectional: 1 }),
      /com\.microsoft\.Attention \(with attention to what came before only\)/,
    ],
    [
      'what is not known, beside what is',
      (b, x) => b.add('Add', [fused(b, 'Gelu', [x]), fused(b, 'Rotary', [fused(b, 'Unknown', [x])])]),
      /unsupported operators: com\.microsoft\.Unknown at .*; com\.microsoft\.Rotary at /,
    ],
  ])('refuses %s in one line', async (_, write, message) => {
    await expect(importGraph(graphOf([-1, 5, 8], pooled(write)), 17)).rejects.toThrow(message);
  });
});

describe('embeddings, fused with their norm', () => {
  const [WORDS, TYPES] = [[3, 0, 6, 2], [0, 1, 1, 0]]; // biome-ignore format: one line
  const graph = withInputs(['ids', 'types'], (b, inputs) => {
    const [ids = '', types = ''] = inputs.map((input) => b.add('Cast', [input], { to: 6 }));
    const tables = [w(b, 'words', 7, 5), w(b, 'positions', 9, 5), w(b, 'type', 2, 5)];
    const parameters = [w(b, 'ga', 5), w(b, 'bet', 5)];
    const [norm = '', , sum = ''] = b.addMany('com.microsoft.EmbedLayerNormalization', [ids, types, ...tables, ...parameters], 3, EPSILON); // biome-ignore format: one line
    return b.add('ReduceMean', [b.add('Add', [norm, sum])], { axes: [1], keepdims: 0 });
  });
  const bytes = onnxBytes(graph, 17);

  it('computes the same', async () => {
    const network = await loadNetwork({ weights: temporaryFile(bytes, '.onnx'), inputShape: [4] });
    const { input, given } = embedWords(network, { ids: WORDS, types: TYPES });
    const session = await onnxruntime.load(network.graph);
    const batch = (data: Float32Array, name: string) =>
      floatTensor(
        [1, ...(network.graph.inputs.find((one) => one.name === name)?.shape.slice(1) ?? [])],
        data,
      );
    const feeds = Object.entries({ input, ...given }).map(
      ([name, data]) => [name, batch(data, name)] as const,
    );
    const { logits } = await session.run(Object.fromEntries(feeds));
    await session.release();
    const original = await ort.InferenceSession.create(bytes);
    const ids = (list: readonly number[]) =>
      new ort.Tensor('int64', BigInt64Array.from(list, BigInt), [1, 4]);
    const expected = await original.run({ ids: ids(WORDS), types: ids(TYPES) });
    await original.release();
    const [{ data }] = Object.values(expected) as [ort.Tensor];
    expect(relativeError(logits?.data as Float32Array, data as Float32Array)).toBeLessThan(1e-6);
  });

  it('with lengths of masks is refused', async () => {
    const lengths = withInputs(['ids'], (b, [ids = '']) => {
      const tables = [w(b, 'words', 7, 5), w(b, 'positions', 9, 5), '', w(b, 'ga', 5), w(b, 'bet', 5)];
      const [norm = '', count = ''] = b.addMany('com.microsoft.EmbedLayerNormalization', [b.add('Cast', [ids], { to: 6 }), '', ...tables], 2); // biome-ignore format: one line
      const masked = b.add('Add', [norm, b.add('Cast', [count], { to: 1 })]);
      return b.add('ReduceMean', [masked], { axes: [1], keepdims: 0 });
    });
    const path = temporaryFile(onnxBytes(lengths, 17), '.onnx');
    await expect(loadNetwork({ weights: path, inputShape: [4] })).rejects.toThrow(
      /com\.microsoft\.EmbedLayerNormalization \(with the lengths of its masks\)/,
    );
  });
});

const folder = mkdtempSync(join(tmpdir(), 'heatproof-fused-'));
afterAll(() => rmSync(folder, { recursive: true }));

const NETS = [
  'vit-tiny',
  'vit-gap',
  'swin-mini',
  'cct-mini',
  'mha-torch',
  'gated-cnn',
  'convnext-mini',
  'mnist-vit',
  'mnist-vit-371',
];

/** What onnxruntime saves after its own fusions, basic ones and those to operators of its own. */
describe.skipIf(!hasShared)(`networks as onnxruntime optimises them${needsShared}`, () => {
  it.each(NETS.flatMap((net) => (['basic', 'extended'] as const).map((level) => ({ net, level }))))(
    '$net, $level',
    async ({ net, level }) => {
      const path = join(folder, `${net}.${level}.onnx`);
      const session = await ort.InferenceSession.create(
        shared('golden-transformers', net, 'model-opset13.onnx'),
        {
          graphOptimizationLevel: level,
          optimizedModelFilePath: path,
          logSeverityLevel: 4,
        },
      );
      await session.release();
      const { graph } = await loadNetwork({ weights: path });
      const [input, expected] = ['input', 'logits'].map((name) => readNpy(shared('golden-transformers', net, `x0.${name}.npy`)).data); // biome-ignore format: one line
      expect(
        relativeError(await logitsOf(graph, input as Float32Array), expected as Float32Array),
      ).toBeLessThan(1e-5);
      expect(graph.nodes.map(({ op }) => op)).not.toContain('Tanh');
    },
  );
});

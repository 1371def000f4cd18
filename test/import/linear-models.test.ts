import { dirname } from 'node:path';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { readNpy, writeNpy } from '../../src/files/npy.js';
import { loadNetwork } from '../../src/import/network.js';
import { builtHere } from '../cli/heatproof.js';
import { type ClassicalNode, classicalBytes } from './classical-file.js';
import { temporaryFile } from './onnx-file.js';
import { logitsOf, noise, relativeError } from './support.js';

type Attributes = NonNullable<ClassicalNode['attributes']>;

const FEATURES = 5;
const numbers = (count: number, seed: number) => [...noise(count, seed)];
const TWO = { classlabels_ints: [0n, 1n] };
const THREE = { classlabels_strings: ['ham', 'spam', 'eggs'] };
const rows = (count: number) => ({
  coefficients: numbers(count * FEATURES, 2),
  intercepts: numbers(count, 3),
});
const VECTORS = {
  kernel_type: 'LINEAR',
  kernel_params: [0.1, 0, 3],
  coefficients: [0.5, -0.9, 0.3, 0.1],
  support_vectors: numbers(4 * FEATURES, 4),
  rho: [0.25],
};
const MACHINES = { kernel_params: [0, 0, 0], coefficients: numbers(3 * FEATURES, 5), rho: [0.25, 0.5, 1] };

const classifier = (op: string, attributes: Attributes): ClassicalNode[] => [
  { op: `ml.${op}`, input: 'x', outputs: ['label', 'scores'], attributes },
];
const regressor = (op: string, attributes: Attributes): ClassicalNode[] => [
  { op: `ml.${op}`, input: 'x', outputs: ['scores'], attributes },
];
const behind = (op: string, attributes: Attributes): ClassicalNode[] => [
  { op: `ml.${op}`, input: 'x', outputs: ['made'], attributes },
  {
    op: 'ml.LinearClassifier',
    input: 'made',
    outputs: ['label', 'scores'],
    attributes: { ...THREE, ...rows(3) },
  },
];

const MODELS: Record<string, ClassicalNode[]> = {
  'a row a class': classifier('LinearClassifier', { ...THREE, ...rows(3) }),
  'two classes, a row each': classifier('LinearClassifier', { ...TWO, ...rows(2) }),
  'two classes that share a row': classifier('LinearClassifier', { ...TWO, ...rows(1) }),
  targets: regressor('LinearRegressor', { targets: 3n, ...rows(3) }),
  'one target without an intercept': regressor('LinearRegressor', { coefficients: numbers(FEATURES, 6) }),
  'one target, whose post_transform does nothing': regressor('LinearRegressor', { ...rows(1), post_transform: 'LOGISTIC' }), // biome-ignore format: one line
  'support vectors of two classes': classifier('SVMClassifier', { ...TWO, ...VECTORS, vectors_per_class: [1n, 3n] }), // biome-ignore format: one line
  'linear machines': classifier('SVMClassifier', { ...THREE, ...MACHINES }),
  'regression of support vectors': regressor('SVMRegressor', { ...VECTORS, n_supports: 4n }),
  'regression of weights': regressor('SVMRegressor', { kernel_params: [0, 0, 0], coefficients: numbers(FEATURES, 7), rho: [2] }), // biome-ignore format: one line
  'L2 norm': behind('Normalizer', { norm: 'L2' }),
  'offset and scale a feature': behind('Scaler', { offset: numbers(FEATURES, 8), scale: numbers(FEATURES, 9) }), // biome-ignore format: one line
  'one offset and scale': behind('Scaler', { offset: [3], scale: [-0.5] }),
};

/** Seven samples, the last of them zero. */
const INPUT = new Float32Array(7 * FEATURES);
INPUT.set(noise(6 * FEATURES));

async function original(bytes: Uint8Array, output = 'scores'): Promise<number[]> {
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 4 });
  const feeds = { x: new ort.Tensor('float32', INPUT, [INPUT.length / FEATURES, FEATURES]) };
  const results = await session.run(feeds, [output]);
  await session.release();
  return Array.from(results[output]?.data as Float32Array);
}

const load = (nodes: ClassicalNode[], outputs = nodes.at(-1)?.outputs as string[]) =>
  loadNetwork({ weights: temporaryFile(classicalBytes(FEATURES, nodes, outputs), '.onnx') });

describe('classical models', () => {
  it.each(Object.entries(MODELS))('%s: the numbers of onnxruntime', async (_, nodes) => {
    const network = await load(nodes);
    const expected = await original(classicalBytes(FEATURES, nodes, ['scores']));
    expect(relativeError(await logitsOf(network.graph, INPUT), expected)).toBeLessThan(1e-5);
  });

  const sigmoid = (scores: number[]) => scores.map((s) => 1 / (1 + Math.exp(-s)));
  const softmax = (scores: number[]) =>
    scores.map((s, i) => {
      const row = scores.slice(i - (i % 3), i - (i % 3) + 3);
      return Math.exp(s) / row.reduce((sum, other) => sum + Math.exp(other), 0);
    });

  it.each<[string, ClassicalNode[], (scores: number[]) => number[]]>([
    ['softmax', classifier('LinearClassifier', { ...THREE, ...rows(3), post_transform: 'SOFTMAX' }), softmax],
    [
      'logistic',
      classifier('LinearClassifier', { ...THREE, ...rows(3), post_transform: 'LOGISTIC' }),
      sigmoid,
    ],
    [
      'logistic of one row',
      classifier('LinearClassifier', { ...TWO, ...rows(1), post_transform: 'LOGISTIC' }),
      sigmoid,
    ],
    [
      'logistic of support vectors',
      classifier('SVMClassifier', {
        ...TWO,
        ...VECTORS,
        vectors_per_class: [1n, 3n],
        post_transform: 'LOGISTIC',
      }),
      sigmoid,
    ],
    [
      'softmax of linear machines',
      classifier('SVMClassifier', { ...THREE, ...MACHINES, post_transform: 'SOFTMAX' }),
      softmax,
    ],
    [
      'softmax of targets',
      regressor('LinearRegressor', { targets: 3n, ...rows(3), post_transform: 'SOFTMAX' }),
      softmax,
    ],
  ])('ends before a %s', async (_, nodes, transform) => {
    // biome-ignore format: a row a case
    const { graph } = await load(nodes);
    expect(graph.nodes.map(({ op }) => op)).toEqual(['Gemm']);
    const expected = await original(classicalBytes(FEATURES, nodes, ['scores']));
    expect(relativeError(transform([...(await logitsOf(graph, INPUT))]), expected)).toBeLessThan(1e-5);
  });

  it('passes over labels, maps of names and a final norm of probabilities; the names are those of its outputs', async () => {
    const [model] = classifier('LinearClassifier', { ...THREE, ...rows(3), post_transform: 'SOFTMAX' });
    const nodes: ClassicalNode[] = [
      model as ClassicalNode,
      { op: 'Identity', input: 'label', outputs: ['output_label'] },
      { op: 'ml.Normalizer', input: 'scores', outputs: ['normal'], attributes: { norm: 'L1' } },
      { op: 'ml.ZipMap', input: 'normal', outputs: ['maps'], attributes: THREE },
    ];
    const network = await load(nodes, ['output_label', 'maps']);
    expect(network.graph.nodes.map(({ op }) => op)).toEqual(['Gemm']);
    expect(network.labels).toEqual(THREE.classlabels_strings);
    expect(network.taken).toEqual({ output: 'maps', of: ['output_label', 'maps'] });
    await expect(load(nodes, ['output_label'])).rejects.toThrow(
      "output (output_label): expected one number a class (here it is output: scores), got a class, by ArgMax 'ml.LinearClassifier'",
    );
    const weights = temporaryFile(classicalBytes(FEATURES, nodes, ['maps']), '.onnx');
    const asked = await loadNetwork({ weights, output: 'ml.LinearClassifier' });
    expect([asked.hash, asked.taken, asked.labels]).toEqual([network.hash, undefined, network.labels]);
  });

  it.each<[string, ClassicalNode[], string]>([
    [
      'a kernel',
      classifier('SVMClassifier', { ...TWO, ...VECTORS, kernel_type: 'RBF', vectors_per_class: [1n, 3n] }),
      'SVMClassifier (with kernel RBF)',
    ],
    [
      'a kernel of a regression',
      regressor('SVMRegressor', { ...VECTORS, kernel_type: 'POLY', n_supports: 4n }),
      'SVMRegressor (with kernel POLY)',
    ],
    [
      'probit',
      classifier('LinearClassifier', { ...TWO, ...rows(2), post_transform: 'PROBIT' }),
      'LinearClassifier (with post_transform PROBIT)',
    ],
    [
      'a softmax that onnxruntime leaves out',
      classifier('LinearClassifier', { ...TWO, ...rows(1), post_transform: 'SOFTMAX' }),
      'LinearClassifier (with post_transform SOFTMAX of one row)',
    ],
    [
      'votes of pairs',
      classifier('SVMClassifier', { ...THREE, ...VECTORS, vectors_per_class: [1n, 2n, 1n] }),
      'SVMClassifier (with scores of pairs of 3 classes)',
    ],
    [
      'probabilities of margins',
      classifier('SVMClassifier', {
        ...TWO,
        ...VECTORS,
        vectors_per_class: [1n, 3n],
        prob_a: [1],
        prob_b: [0],
      }),
      'SVMClassifier (with probabilities by Platt)',
    ],
    [
      'one class',
      regressor('SVMRegressor', { ...VECTORS, n_supports: 4n, one_class: 1n }),
      'SVMRegressor (of one class)',
    ],
    ['another norm', behind('Normalizer', { norm: 'L1' }), 'Normalizer (with norm L1)'],
    [
      'a scale too few',
      behind('Scaler', { offset: [1, 2], scale: [1] }),
      'Scaler (with 2 offsets for 1 scales)',
    ],
    [
      'a row too many',
      classifier('LinearClassifier', { ...THREE, ...rows(2) }),
      'LinearClassifier (with 2 rows for 3 classes)',
    ],
    [
      'weights that are cut',
      classifier('LinearClassifier', { ...TWO, coefficients: [1, 2, 3], intercepts: [0, 0] }),
      'LinearClassifier (with 3 coefficients for 2 outputs)',
    ],
    ['no weights', regressor('LinearRegressor', {}), 'LinearRegressor (with 0 coefficients for 1 outputs)'],
    [
      'no targets',
      regressor('LinearRegressor', { ...rows(1), targets: -1n }),
      'LinearRegressor (with 5 coefficients for -1 outputs)',
    ],
    [
      'vectors that are cut',
      classifier('SVMClassifier', {
        ...TWO,
        ...VECTORS,
        support_vectors: [1, 2, 3],
        vectors_per_class: [1n, 3n],
      }),
      'SVMClassifier (with 3 numbers of 4 support vectors)',
    ],
    ['trees', classifier('TreeEnsembleClassifier', TWO), 'TreeEnsembleClassifier'],
  ])('refuses %s in one line', async (_, nodes, reason) => {
    // biome-ignore format: a row a case
    const op = nodes[0]?.op as string;
    await expect(load(nodes)).rejects.toThrow(`unsupported operators: ai.onnx.ml.${reason} at '${op}'`);
  });

  it('refuses weights for another number of features, and numbers that are not finite', async () => {
    await expect(load(classifier('LinearClassifier', { ...TWO, coefficients: [1, 2, 3, 4], intercepts: [0, 0] }))).rejects.toThrow(/Gemm|LinearClassifier/); // biome-ignore format: one line
    await expect(load(regressor('LinearRegressor', { coefficients: [1, 2, Number.NaN, 4, 5] }))).rejects.toThrow('finite numbers'); // biome-ignore format: one line
  });

  it('are inspected and explained under their own labels on the command line', async () => {
    const attributes = { classlabels_strings: ['ham', 'spam'], coefficients: [1, -2], intercepts: [0.5] };
    const bytes = classicalBytes(2, classifier('LinearClassifier', attributes), ['label', 'scores']);
    const weights = temporaryFile(bytes, '.onnx');
    const inspected = await builtHere(['inspect', weights]);
    expect(inspected.stdout).toContain("2 outputs ('scores' of the file's 'label', 'scores')");
    const input = temporaryFile(writeNpy([2], Float32Array.of(3, 0.25)), '.npy');
    const method = ['--method', 'gradient-x-input', '--target', 'ham'];
    const explained = await builtHere(['explain', '--model', weights, '--input', input, ...method], { cwd: dirname(input) }); // biome-ignore format: one line
    // 1 - s, s = 3 - 2 * 0.25 + 0.5
    expect(explained.stdout).toMatch(/target 0 \(ham\) {2}logit -2\.0+ {2}sum -2\.50+\n/);
    expect([explained.stderr, explained.code]).toEqual(['', 0]);
    const relevance = readNpy(input.replace('.npy', '.gradient-x-input.npy')).data;
    expect([...relevance]).toEqual([-3, 0.5]);
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadExperiment } from '../../src/experiment/config.js';
import { runRecord } from '../../src/experiment/definition.js';
import { openExperiment } from '../../src/experiment/open.js';
import { figuresOf } from '../../src/results/figures.js';
import { findingsOf } from '../../src/results/findings.js';
import { summarise } from '../../src/results/summary.js';
import { NetworkBuilder } from '../explain/networks.js';
import { writeExperiment } from '../run/experiment.js';
import { evaluateAll } from './evaluate.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heatproof-regression-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** One output, 20 + 2 x + 3 y - z, called age; every input has a label. */
function experiment(config: Readonly<Record<string, unknown>>): string {
  const network = new NetworkBuilder([3]);
  const graph = network.build(network.gemm(network.input, [[2, 3, -1]], [20])); // biome-ignore format: a matrix
  const inputs = { a: Float32Array.of(1, 2, 3), b: Float32Array.of(4, 0, 1) };
  writeFileSync(join(folder, 'age.txt'), 'age\n');
  const path = writeExperiment(folder, graph, inputs, {
    model: { weights: 'network.onnx', labels: 'age.txt' },
    methods: ['gradient-x-input', 'random'],
    perturbation: { region: 1, steps: 3, fill: 'zero' },
    ...config,
  });
  writeFileSync(join(folder, 'inputs', 'labels.csv'), 'id,label\na,0\nb,0\n');
  return path;
}

describe('a network with one output', () => {
  it('has a score that is called what its output is', async () => {
    const path = experiment({});
    const open = await openExperiment(await loadExperiment(path));
    const findings = findingsOf(runRecord(open, undefined), await evaluateAll(path), {});
    const axes = figuresOf(findings).flatMap((figure) => ('curves' in figure ? [figure.curves.y] : []));
    expect(new Set(axes)).toEqual(
      new Set(['AOPC (age)', 'ABPC (age)', 'AOPC − AOPC of random order (age)', 'score (age)']),
    );
    const words = findings.flatMap(({ family, found }) => family.words?.(found) ?? []);
    expect(words).toContain('The score followed is the only output (age).');
  });

  it('is followed in its own units, and is neither right nor wrong', async () => {
    const path = experiment({});
    const open = await loadExperiment(path);
    const collection = await evaluateAll(path);
    const selection = { images: ['a', 'b'], passedOver: [], unreadable: [], missing: 0, contents: [] };
    const findings = findingsOf({ experiment: open, definition: { networks: [] } }, collection, {});
    const { accuracy, averagePrecision, nearChance } = summarise(open, selection, collection, findings);
    expect([accuracy, averagePrecision, nearChance]).toEqual([{}, {}, []]);
    const scores = collection.rows.filter(({ method }) => method === 'gradient-x-input');
    // a: 25, without y 19, x 17, z 20; b: 27, without x 19, then y and z (0 and -1).
    expect(
      scores.map(({ image, class: name, score, parts }) => [
        image,
        name,
        score,
        [...(parts.perturbation?.curves.morf ?? [])],
      ]),
    ).toEqual([
      ['a', 'age', 25, [25, 19, 17, 20]],
      ['b', 'age', 27, [27, 19, 19, 20]],
    ]);
  });

  it.each([
    [
      { perturbation: { region: 1, steps: 1, output: 'softmax' } },
      /perturbation.output .*one output.*expected logit/,
    ],
    [{ scoring: { map: './map.json' } }, /scoring.group .*expected strongest, got sum-of-probabilities/],
    [{ dataset: { type: 'tensors', root: 'inputs', select: 'correct' } }, /dataset.select .*expected all/],
    [{ faithfulness: { metrics: ['irof'], region: 1 } }, /faithfulness.metrics .*one output.*got irof/],
  ])('refuses what needs several: %j', async (config, message) => {
    writeFileSync(join(folder, 'map.json'), '{"x": [0]}');
    await expect(loadExperiment(experiment(config)).then(openExperiment)).rejects.toThrow(message);
  });

  it('has no probability that a method could explain', async () => {
    const path = experiment({ methods: [{ id: 'kernel-shap', output: 'probability', cells: 3 }] });
    const { leftOut } = await evaluateAll(path);
    expect(leftOut[0]?.reason).toMatch(/expected logit where the network has one output, got probability/);
  });
});

it('classes that are the same outputs, such as parts of a face, cannot be told apart', async () => {
  writeFileSync(join(folder, 'parts.json'), '{"mouth": [0], "eyes": [0]}');
  writeFileSync(join(folder, 'parts.txt'), 'mouth\neyes\n');
  const path = experiment({
    scoring: { map: './parts.json', group: 'strongest' },
    dataset: { type: 'tensors', root: 'inputs', labels: 'parts.txt' },
  });
  const { images } = await evaluateAll(path);
  expect(images.map(({ labels }) => labels)).toEqual([[], []]);
});

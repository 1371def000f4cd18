import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { onnxruntime } from '../../../src/engine/onnxruntime.js';
import type { Row } from '../../../src/evaluation/families/rows.js';
import { type SanityRecord, stageCounts } from '../../../src/evaluation/families/sanity/check.js';
import { sanityTable, sanityVerdicts } from '../../../src/evaluation/families/sanity/tables.js';
import { createExplainers, type Explained } from '../../../src/explain/explainer.js';
import { inputOf, outputOf } from '../../../src/graph/graph.js';
import { layersFromOutput, reinitialise } from '../../../src/graph/passes/reinitialise.js';
import { floatTensor } from '../../../src/graph/tensor.js';
import { createBootstrap } from '../../../src/metrics/bootstrap.js';
import { efficientMprt } from '../../../src/metrics/sanity-metrics.js';
import { spearman } from '../../../src/metrics/similarity.js';
import type { Collection } from '../../../src/results/collect.js';
import { networkFrom } from '../../explain/networks.js';
import { inception, plain } from '../../perturbation/networks.js';
import { randomInputs, writeExperiment } from '../../run/experiment.js';
import { evaluateAll } from '../evaluate.js';

/** The explanations that were checked. */
function checkedRows({ rows }: Collection): Row<SanityRecord>[] {
  return rows.flatMap(({ parts: { sanity: part }, ...row }) => (part ? [{ ...row, part }] : []));
}

describe('reinitialise', () => {
  const { graph } = inception(1);
  const layers = layersFromOutput(graph);
  const weightsOf = (of: typeof graph) =>
    new Map(layersFromOutput(of).map((node) => [node.name, of.constants.get(inputOf(node, 1))?.data]));

  it('starts at the output and replaces only what it is told to', () => {
    expect(outputOf(layers[0] as (typeof layers)[0])).toBe(graph.outputs[0]);
    expect(layers.at(-1)?.inputs[0]).toBe('input');
    const [before, after] = [weightsOf(graph), weightsOf(reinitialise(graph, layers.slice(0, 3), 1))];
    for (const [i, { name }] of layers.entries()) {
      if (i < 3) expect(after.get(name)).not.toEqual(before.get(name));
      else expect(after.get(name)).toBe(before.get(name));
    }
  });

  it('gives a layer the same weights whatever the others have, and others of another seed', () => {
    const [few, all] = [
      weightsOf(reinitialise(graph, layers.slice(0, 3), 1)),
      weightsOf(reinitialise(graph, layers, 1)),
    ];
    for (const { name } of layers.slice(0, 3)) expect(all.get(name)).toEqual(few.get(name));
    const name = layers[0]?.name as string;
    expect(weightsOf(reinitialise(graph, layers, 2)).get(name)).not.toEqual(all.get(name));
  });

  it('draws normal weights of variance 2 / inputs, and biases of 0', () => {
    const random = reinitialise(graph, layers, 1);
    for (const node of layersFromOutput(random)) {
      const weights = random.constants.get(inputOf(node, 1));
      const inputs = (weights?.dims ?? []).slice(1).reduce((a, b) => a * b, 1);
      const squares = Array.from(weights?.data as Float32Array, (w) => w * w);
      const variance = squares.reduce((a, b) => a + b, 0) / squares.length;
      // The mean of n squares of normal numbers spreads by sqrt(2 / n).
      expect(Math.abs((variance * inputs) / 2 - 1)).toBeLessThan(4 * Math.sqrt(2 / squares.length));
      expect(random.constants.get(inputOf(node, 2))?.data.every((b) => b === 0)).toBe(true);
    }
  });

  it('leaves a network that runs, with other logits', async () => {
    const input = floatTensor([1, 3, 40, 44], Object.values(randomInputs(1, [3, 40, 44]))[0] as Float32Array);
    const logits = async (of: typeof graph) => {
      const session = await onnxruntime.load(of);
      const result = await session.run({ input });
      await session.release();
      return result[graph.outputs[0] as string]?.data;
    };
    expect(await logits(reinitialise(graph, layers.slice(0, 1), 1))).not.toEqual(await logits(graph));
  });
});

it('stages are spread evenly, the last one all layers', () => {
  expect(stageCounts(10, 4)).toEqual([3, 5, 8, 10]);
  expect(stageCounts(3, 8)).toEqual([1, 2, 3]);
  expect(stageCounts(58, 8)).toEqual([7, 15, 22, 29, 36, 44, 51, 58]);
});

describe('the check through the pipeline', () => {
  let folder: string;
  let collection: Collection;
  const methods = ['gradient-l2', 'edges', 'random'];
  const network = plain(1);
  const inputs = randomInputs(4, network.inputShape);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'heatproof sanity-'));
    const metrics = ['mprt', 'smooth-mprt', 'efficient-mprt', 'random-logit', 'likeness'];
    const config = { methods, sanity: { images: 3, stages: 3, metrics, samples: 2, noise: 1e-6 } };
    collection = await evaluateAll(writeExperiment(folder, network.graph, inputs, config));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('compares the first images, every method at every stage', () => {
    const checked = checkedRows(collection);
    expect(new Set(checked.map(({ image }) => image))).toEqual(new Set(['a', 'b', 'c']));
    for (const { part } of checked) {
      expect(part.stages.map(({ layers }) => layers)).toEqual([2, 3, 5]);
      expect(Object.keys(part.stages[0]?.similarity ?? {})).toEqual([
        'spearman',
        'spearman_absolute',
        'ssim',
        'ssim_absolute',
      ]);
    }
  });

  const metricsOf = (method: string, image: string) =>
    checkedRows(collection).find((row) => row.method === method && row.image === image)?.part.metrics ?? {};

  it('gives what asks neither network nor class the worst of every metric, and chance none', () => {
    expect(metricsOf('edges', 'a')).toEqual({
      mprt: 1,
      smooth_mprt: expect.closeTo(1, 4),
      efficient_mprt: 0,
      random_logit_spearman: 1,
      random_logit_ssim: 1,
      ssim_to_input: expect.any(Number),
      ssim_to_edges: 1,
    });
    expect(metricsOf('random', 'a')).toEqual({});
  });

  it('compares with the heatmap of another class, and with all layers random', async () => {
    const whole = networkFrom(network.graph);
    const set = await createExplainers(onnxruntime, whole, ['gradient-l2']);
    const random = reinitialise(network.graph, layersFromOutput(network.graph), 1);
    const drawn = await createExplainers(onnxruntime, networkFrom(random), ['gradient-l2']);
    const input = inputs.a as Float32Array;
    const mapOf = async (explainers: typeof set, target: number) =>
      (await explainers.explain([{ id: 'a', input, target }]))[0]?.[0] as Explained;
    const { logits } = await mapOf(set, 0);
    const target = logits.indexOf(Math.max(...logits));
    const own = (await mapOf(set, target)).relevance;
    const found = metricsOf('gradient-l2', 'a');
    const others: number[] = [];
    for (const other of logits.keys()) {
      if (other === target) continue;
      others.push(spearman(own, (await mapOf(set, other)).relevance) as number);
    }
    expect(others.some((value) => Math.abs(value - (found.random_logit_spearman as number)) < 1e-6)).toBe(
      true,
    );
    const last = (await mapOf(drawn, target)).relevance;
    expect(found.efficient_mprt).toBeCloseTo(efficientMprt(own, last) as number, 6);
    await set.release();
    await drawn.release();
  });

  it('smooth randomisation under hardly any noise is randomisation', () => {
    const { mprt, smooth_mprt } = metricsOf('gradient-l2', 'a');
    expect(smooth_mprt).toBeCloseTo(mprt as number, 2);
    const stages = checkedRows(collection).find(({ method }) => method === 'gradient-l2')?.part.stages ?? [];
    const absolute = stages.map(({ similarity }) => similarity.spearman_absolute as number);
    expect(mprt).toBeCloseTo(absolute.reduce((a, b) => a + b) / 3, 8);
  });

  it('sees that gradients change and that what never asks the network does not; chance is not judged', () => {
    const table = sanityTable(checkedRows(collection), createBootstrap({ seed: 1 }));
    const last = (method: string) => table.filter((row) => row.method === method).at(-1);
    for (const { value } of Object.values(last('edges')?.metrics ?? {})) expect(value).toBeCloseTo(1, 6);
    expect(last('random')).toBeUndefined();
    expect(last('gradient-l2')).toMatchObject({ layers: 5, images: 3 });
    const verdicts = sanityVerdicts(checkedRows(collection), 0.7);
    expect(verdicts.map(({ method, reacts }) => [method, reacts])).toEqual([
      ['gradient-l2', true],
      ['edges', false],
    ]);
    // The upper half of five layers: three.
    const half = table.find(({ method, layers }) => method === 'gradient-l2' && layers === 3);
    expect(verdicts[0]?.similarity).toBeCloseTo(half?.metrics.spearman_absolute?.value as number, 12);
  });
});

it('on the embedded sample, what Adebayo et al. and Sixt et al. found: excitation backprop hardly reacts', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'heatproof sanity-'));
  try {
    const sample = resolve('datasets/sample');
    const config = join(folder, 'sanity.yaml');
    writeFileSync(
      config,
      stringify({
        name: 'sanity',
        model: join(sample, 'network.yaml'),
        dataset: {
          type: 'voc',
          root: join(sample, 'VOCdevkit'),
          year: 2007,
          labels: join(sample, 'classes.txt'),
          limit: 3,
        },
        methods: ['gradient-l2', 'excitation-backprop', 'edges'],
        sanity: { images: 3, stages: 2 },
      }),
    );
    const verdicts = sanityVerdicts(checkedRows(await evaluateAll(config)), 0.7);
    expect(verdicts.map(({ method, reacts }) => [method, reacts])).toEqual([
      ['gradient-l2', true],
      ['excitation-backprop', false],
      ['edges', false],
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

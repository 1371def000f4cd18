import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { loadExperiment } from '../../src/experiment/config.js';
import { openExperiment } from '../../src/experiment/open.js';
import { evaluateJobs, planRun } from '../../src/run/plan.js';
import { plain } from '../perturbation/networks.js';
import { randomInputs, writeExperiment } from './experiment.js';

const folder = mkdtempSync(join(tmpdir(), 'heatproof-plan-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('evaluates network by network, with extras for the first images of each', async () => {
  const { graph, inputShape } = plain(1);
  const path = writeExperiment(folder, graph, randomInputs(5, inputShape), {
    model: [
      { name: 'one', weights: 'network.onnx' },
      { name: 'two', weights: 'network.onnx' },
    ],
    methods: ['random'],
    heatmaps: 1,
    sanity: { images: 3 },
  });
  const plan = await planRun(await openExperiment(await loadExperiment(path)), 'heatmaps');
  // Samples are a to e; c is left out, as an image would be that is not classified correctly.
  const images = ['a', 'b', 'd', 'e'];
  const also = [['heatmaps', 'conservation', 'sanity'], ['conservation', 'sanity'], ['sanity'], []];
  expect(evaluateJobs(plan, images)).toEqual(
    ['one', 'two'].flatMap((name, network) =>
      images.map((id, i) => ({
        kind: 'evaluate',
        key: `${name}/${id}`,
        network,
        sample: [0, 1, 3, 4][i],
        also: also[i],
      })),
    ),
  );
});

it('is plain data, which workers can be handed, and their weights are not copied', async () => {
  const { graph, inputShape } = plain(1);
  const path = writeExperiment(folder, graph, randomInputs(2, inputShape), { methods: ['random'] });
  const plan = await planRun(await openExperiment(await loadExperiment(path)), 'heatmaps');
  const copy = structuredClone(plan);
  expect(copy).toEqual(plan);
  const weights = ({ models }: typeof plan) =>
    [...(models[0]?.network.graph.constants.values() ?? [])].map(({ data }) => data);
  expect(weights(plan).length).toBeGreaterThan(0);
  for (const [i, data] of weights(plan).entries()) {
    if (!(data instanceof Float32Array)) continue;
    data[0] = 12345;
    expect(weights(copy)[i]?.[0]).toBe(12345);
  }
});

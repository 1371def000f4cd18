import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { builtHere } from '../cli/heatproof.js';
import { NetworkBuilder } from '../explain/networks.js';
import { writeExperiment } from '../run/experiment.js';

const folder = mkdtempSync(join(tmpdir(), 'heatproof-check-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('resamples of so many images that no memory holds them are refused before any work', async () => {
  const network = new NetworkBuilder([1, 1, 2]);
  const graph = network.build(network.gemm(network.reshape(network.input, [2]), [[1, 2], [3, 1]])); // biome-ignore format: one line
  const inputs = Object.fromEntries(Array.from({ length: 2700 }, (_, i) => [i, Float32Array.of(i, 1)]));
  const config = writeExperiment(folder, graph, inputs, {
    methods: ['random'],
    complexity: true,
    statistics: { resamples: 100_000 },
  });
  const { code, stderr } = await builtHere(['run', config, '--quiet'], { cwd: folder });
  expect([code, stderr]).toEqual([
    2,
    'heatproof: images drawn anew for intervals (statistics.resamples): expected at most 268435456 resamples x images, got 270000000\n',
  ]);
  expect(readdirSync(folder)).not.toContain('results');
});

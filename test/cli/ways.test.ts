import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { perceptron } from '../perturbation/networks.js';
import { randomInputs, writeExperiment } from '../run/experiment.js';
import { builtHere } from './heatproof.js';

it('a run with every way to score writes them into tables, plots and the report', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'heatproof ways-'));
  try {
    const { graph, inputShape } = perceptron(1, 6);
    const config = writeExperiment(folder, graph, randomInputs(3, inputShape), {
      methods: ['gradient-x-input', 'random'],
      perturbation: { region: 1, steps: 6, orders: ['morf', 'lerf', 'insertion'], bounds: 2 },
      robustness: { removals: 5, neighbours: 2 },
      sanity: { images: 2 },
    });
    const out = join(folder, 'out');
    const { code, stdout } = await builtHere(['run', config, '--out', out, '--workers', '1', '--quiet']);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^method +infidelity +infidelity_scaled +max_sensitivity$[\s\S]*^method +max_sensitivity_relative\b/m,
    );
    const read = (name: string) => readFileSync(join(out, name), 'utf8');
    const [header = '', ...lines] = read('robustness.csv').trimEnd().split('\n');
    expect(header).toMatch(
      /^method,images,infidelity,infidelity_ci_low,infidelity_ci_high,infidelity_interval,infidelity_images,infidelity_scaled,/,
    );
    expect(lines.map((line) => line.split(',').slice(0, 2))).toEqual([
      ['gradient-x-input', '3'],
      ['random', '3'],
    ]);
    expect(read('sanity.csv')).toMatch(
      /^method,layers,layer,images,spearman,.*\ngradient-x-input,1,[^,]+,2,.*\ngradient-x-input,2,[^,]+,2,.*\n$/,
    );
    // Random numbers react to nothing, and nobody asks them to.
    expect(stdout).not.toContain('hardly reacts');
    const summary = JSON.parse(read('summary.json'));
    const { metrics } = summary.methods[0];
    expect(metrics.aopc_morf_normalised.value).toBeGreaterThan(0);
    expect(metrics.aopc_morf_normalised.value).toBeLessThanOrEqual(1);
    expect(metrics.insertion_auc.images).toBe(3);
    expect(read('curves.csv')).toContain(',gradient-x-input,insertion,0,6,');
    expect(existsSync(join(out, 'plots', 'aopc-insertion.svg'))).toBe(true);
    expect(existsSync(join(out, 'plots', 'sanity.svg'))).toBe(true);
    expect(read('report.html')).toContain('Sanity: heatmaps as layers are re-initialised');
    expect(read('report.html')).toContain('Robustness of the explanations');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

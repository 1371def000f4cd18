import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { BUILT, builtHere, heatproofHere } from '../cli/heatproof.js';
import { ALPHA_BETA_SWAPPED, type Damage, damagedBuild, transposedWeights } from './damage.js';

/**
 * The project's own gate: the embedded sample, run by the built command line, against the committed baseline. When a
 * change of the numbers is meant, `npm run baseline` writes it anew.
 */
const BASELINE = resolve('results/baseline.json');
const CONFIG = resolve('configs/quickstart.yaml');

describe('results/baseline.json', { timeout: 300_000 }, () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'heatproof ci-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const gate = async (name: string, { config = CONFIG, workers = 2, built = BUILT } = {}) => {
    const out = join(folder, name);
    const options = ['--limit', '24', '--out', out, '--workers', String(workers), '--quiet'];
    expect(await builtHere(['run', config, ...options], { built })).toMatchObject({ code: 0, stderr: '' });
    return heatproofHere(['gate', out, '--baseline', BASELINE]);
  };
  const gateOfDamaged = (name: string, damages: readonly Damage[]) => {
    const built = mkdtempSync(join(folder, `${name}-build-`));
    return gate(name, { built: damagedBuild(built, damages) });
  };

  it('passes', async () => {
    const { code, stdout } = await gate('sound');
    expect(stdout).toMatch(/\ngate passed: \d+ unchanged, \d+ reported\n$/);
    expect(code).toBe(0);
  });

  it('passes with other seeds and another number of workers', async () => {
    const quickstart = parse(readFileSync(CONFIG, 'utf8'));
    const absolute = (path: string) => resolve('configs', path);
    const { root, labels } = quickstart.dataset;
    const config = join(folder, 'seeds.yaml');
    const changed = {
      ...quickstart,
      model: absolute(quickstart.model),
      dataset: { ...quickstart.dataset, root: absolute(root), labels: absolute(labels) },
      perturbation: { ...quickstart.perturbation, seed: 12 },
      statistics: { seed: 13 },
    };
    writeFileSync(config, stringify(changed));
    const { code, stdout } = await gate('seeds', { config, workers: 1 });
    expect(stdout).toMatch(/\ngate passed: /);
    expect(code).toBe(0);
  });

  it('fails when alpha and beta are swapped', async () => {
    const { code, stdout } = await gateOfDamaged('swapped', ALPHA_BETA_SWAPPED);
    expect(code).toBe(1);
    expect(stdout).toMatch(/\nsample, lrp-alpha2-beta1: sum of relevance \/ start moved: /);
    expect(stdout).toMatch(/\nsample, lrp-alpha2-beta1: ABPC dropped: /);
    expect(stdout).not.toMatch(
      /definition differs|score of the unperturbed|lrp-epsilon-0.01: |sensitivity-l2: /,
    );
  });

  it('fails when the weights of one layer are transposed', async () => {
    const { code, stdout } = await gateOfDamaged('transposed', transposedWeights('/14/Conv'));
    expect(code).toBe(1);
    for (const method of ['lrp-alpha2-beta1', 'lrp-epsilon-0.01', 'sensitivity-l2']) {
      expect(stdout).toContain(`\nsample, ${method}: ABPC dropped: `);
    }
    expect(stdout).not.toMatch(/definition differs|score of the unperturbed/);
  });
});

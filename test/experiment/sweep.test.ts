import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { loadExperiment } from '../../src/experiment/config.js';
import { loadSweep } from '../../src/experiment/sweep.js';

const folder = mkdtempSync(join(tmpdir(), 'heatproof-sweep-'));
afterAll(() => rmSync(folder, { recursive: true }));

const PLAIN = {
  name: 'swept',
  model: { weights: 'network.onnx' },
  dataset: { type: 'tensors', root: 'inputs' },
  methods: ['lrp-zplus'],
  perturbation: { steps: 4 },
};

function write(changes: Readonly<Record<string, unknown>>): string {
  const path = join(folder, 'config.yaml');
  writeFileSync(path, stringify({ ...PLAIN, ...changes }));
  return path;
}
const namesOf = async (sweep: Record<string, unknown>) =>
  (await loadSweep(write({ sweep }))).runs.map(({ name }) => name);

describe('a sweep', () => {
  it('is every combination of its values, each as if they stood in the file', async () => {
    const sweep = { 'perturbation.region': [4, 8], 'dataset.limit': [1, 2, 3] };
    const { axes, runs } = await loadSweep(write({ sweep }), ['perturbation.steps=2']);
    expect(axes.map(({ key }) => key)).toEqual(['perturbation.region', 'dataset.limit']);
    expect(runs.map(({ name }) => name)).toEqual(
      [4, 8].flatMap((region) => [1, 2, 3].map((limit) => `region-${region}_limit-${limit}`)),
    );
    const [, , third] = runs;
    expect(third?.settings).toEqual([
      { key: 'perturbation.region', value: 4 },
      { key: 'dataset.limit', value: 3 },
    ]);
    const dataset = { ...PLAIN.dataset, limit: 3 };
    expect(third?.experiment).toEqual(
      await loadExperiment(write({ dataset, perturbation: { steps: 2, region: 4 } })),
    );
  });

  it('is one run without a name where there is none', async () => {
    for (const changes of [{}, { sweep: {} }]) {
      const { axes, runs } = await loadSweep(write(changes));
      expect(axes).toEqual([]);
      expect(runs.map(({ name }) => name)).toEqual(['']);
    }
  });

  it('names its runs by what tells them apart, safely', async () => {
    expect(await namesOf({ 'perturbation.fill': ['uniform', 'black'] })).toEqual([
      'fill-uniform',
      'fill-black',
    ]);
    expect(await namesOf({ 'perturbation.seed': [1], 'dataset.seed': [2] })).toEqual([
      'perturbation.seed-1_dataset.seed-2',
    ]);
    expect(await namesOf({ methods: [['gradient-l2'], ['random', 'center']] })).toEqual([
      'methods-1',
      'methods-2',
    ]);
    const data = (root: string) => ({ type: 'tensors', root });
    expect(await namesOf({ dataset: [data('a'), data('b')] })).toEqual(['dataset-1', 'dataset-2']);
    expect(await namesOf({ 'dataset.root': ['../one/inputs', '../two.d/other.x'] })).toEqual([
      'root-inputs',
      'root-other',
    ]);
    expect(await namesOf({ 'dataset.root': ['one/inputs', 'two/inputs'] })).toEqual([
      'root-one%2Finputs',
      'root-two%2Finputs',
    ]);
    expect(await namesOf({ 'dataset.root': ['..', 'a b'] })).toEqual(['root-..', 'root-a%20b']);
    const [long = ''] = await namesOf({ 'dataset.root': ['x'.repeat(300)] });
    expect(Buffer.byteLength(long)).toBeLessThanOrEqual(72);
  });

  it.each([
    [
      { 'perturbation.regio': [4] },
      /^unknown key 'regio' \(.*config\.yaml with perturbation\.regio=4, key perturbation\) \(did you mean 'region'\?\)$/,
    ],
    [{ 'perturbation.region': 4 }, /key sweep\.perturbation\.region\): expected array, got 4$/],
    [{ 'perturbation.region': [] }, /key sweep\.perturbation\.region\): .*got \[\]$/],
    [
      { 'perturbation.region': [4, 4] },
      /^perturbation\.region \(.*key sweep\): expected a different value each, got 4 twice$/,
    ],
    [{ 'perturbation.region': [4, 0] }, /with perturbation\.region=0, key perturbation\.region\)/],
    [
      { perturbation: [{ steps: 1 }], 'perturbation.region': [4] },
      /^perturbation\.region \(.*\): expected once, got it beside perturbation$/,
    ],
    [{ name: ['a/b'] }, /key name\): /],
    [{ sweep: [{ a: [1] }] }, /expected one experiment, got a sweep of a/],
  ])('refuses %j', async (sweep, message) => {
    await expect(loadSweep(write({ sweep }))).rejects.toThrow(message);
  });

  it('refuses a key that is set and swept, and is no single experiment', async () => {
    const path = write({ sweep: { 'perturbation.region': [4, 8] } });
    await expect(loadSweep(path, ['perturbation.region=4'])).rejects.toThrow(
      /expected once, got it beside perturbation\.region$/,
    );
    await expect(loadExperiment(path)).rejects.toThrow(
      /^config \(.*config\.yaml\): expected one experiment, got a sweep of perturbation\.region /,
    );
    const replaced = await loadSweep(path, ['sweep={perturbation.region: [2]}']);
    expect(replaced.runs.map(({ name }) => name)).toEqual(['region-2']);
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SmallRun } from '../run/small-run.js';
import { heatproofHere } from './heatproof.js';

/** The scores of the untouched images and their mean over all steps, by image, of a method in an order. */
function aopcOf(path: string, method: string): Map<string, number> {
  const [, ...lines] = readFileSync(`${path}/curves.csv`, 'utf8').trimEnd().split('\n');
  const curves = new Map<string, number[]>();
  for (const line of lines) {
    const [image = '', , name, order, repeat, , score] = line.split(',');
    if (name !== method || order !== 'morf') continue;
    const key = `${image} ${repeat}`;
    curves.set(key, [...(curves.get(key) ?? []), Number(score)]);
  }
  const values = new Map<string, number[]>();
  for (const [key, scores] of curves) {
    const image = key.split(' ')[0] as string;
    const aopc = scores.reduce((sum, score) => sum + (scores[0] as number) - score, 0) / scores.length;
    values.set(image, [...(values.get(image) ?? []), aopc]);
  }
  return new Map([...values].map(([image, all]) => [image, all.reduce((a, b) => a + b) / all.length]));
}

/** Real runs by the built command line. */
describe('heatproof compare', () => {
  const small = new SmallRun();
  let [four, two]: [string, string] = ['', ''];
  beforeAll(async () => {
    four = await small.finish('four', ['--limit', '10']);
    two = await small.finish('two', [
      '--set',
      'perturbation.region=2',
      '--set',
      'methods=[lrp-zplus, gradient-l2]',
    ]);
  });
  afterAll(() => small.remove());

  it('says what differs, and by how much the same images do', async () => {
    const { code, stdout } = await heatproofHere(['compare', four, two, '--json']);
    expect(code).toBe(0);
    const { runs, definition, metrics } = JSON.parse(stdout);
    expect(runs).toEqual([
      { name: 'four', images: 10, shared: 10, others: [] },
      { name: 'two', images: 16, shared: 10, others: [] },
    ]);
    const places = definition.map(({ path }: { path: string }) => path);
    expect(places).toEqual(
      expect.arrayContaining([
        'perturbation.region',
        'dataset.limit',
        'methods.random',
        'methods.gradient-l2',
      ]),
    );
    expect(places).not.toContain('perturbation.grid.network');

    const aopc = metrics.find(({ metric }: { metric: string }) => metric === 'aopc_morf');
    const [lrp, random, gradient] = aopc.methods;
    expect([lrp.method, random.method, gradient.method]).toEqual(['lrp-zplus', 'random', 'gradient-l2']);
    const [before, after] = [aopcOf(four, 'lrp-zplus'), aopcOf(two, 'lrp-zplus')];
    const expected = [...before].map(([image, value]) => (after.get(image) as number) - value);
    expect(expected).toHaveLength(10);
    const { difference, pValue } = lrp.differences[1];
    expect(difference.images).toBe(10);
    expect(difference.value).toBeCloseTo(expected.reduce((a, b) => a + b) / 10, 6);
    expect(pValue).toBeCloseTo(signFlips(expected), 12);
    expect(random).toMatchObject({ values: [{ images: 10 }, null], differences: [null, null] });
    expect(gradient).toMatchObject({ values: [null, { images: 16 }], differences: [null, null] });
  });

  it('prints tables that fit, and writes one page', async () => {
    const page = `${small.folder}/comparison.html`;
    const { code, stdout } = await heatproofHere(['compare', four, two, '--html', page]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^definitions that differ\n/);
    expect(stdout).toMatch(/\nperturbation\.region +four +4\n +two +2\n/);
    expect(stdout).toMatch(/\nAOPC \(MoRF\)\nmethod +run +AOPC \(MoRF\) +minus four +p \(Holm\)\n/);
    expect(stdout).toContain('two and four share 10 arrays (of 16 and 10)');
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(readFileSync(page, 'utf8')).toContain('Where the definitions differ');
  });

  it('refuses what is no finished run, and writes nothing then', async () => {
    const page = `${small.folder}/none.html`;
    expect(await heatproofHere(['compare', four, small.inputs, '--html', page])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(
        /^heatproof: run directory \(.*inputs\): expected a readable run\.json, got none\n$/,
      ),
    });
    expect(existsSync(page)).toBe(false);
    expect(await heatproofHere(['compare', four])).toMatchObject({
      code: 2,
      stderr: 'heatproof: compare: expected at least two runs, got 1\n',
    });
  });
});

/** The share of all assignments of signs whose sum is as far from zero. */
function signFlips(values: readonly number[]): number {
  const observed = Math.abs(values.reduce((a, b) => a + b));
  let hits = 0;
  for (let signs = 0; signs < 2 ** values.length; signs++) {
    const sum = values.reduce((total, value, i) => total + ((signs >> i) & 1 ? value : -value), 0);
    if (Math.abs(sum) >= observed - 1e-9) hits++;
  }
  return hits / 2 ** values.length;
}

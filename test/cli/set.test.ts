import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { journalReaches } from '../run/directories.js';
import { SmallRun } from '../run/small-run.js';
import { builtHere, heatproofHere } from './heatproof.js';

describe('--set', () => {
  const small = new SmallRun();
  const settings = ['--set', 'perturbation.region=2', '--set', 'methods=[lrp-zplus, gradient-l2, random]'];
  let set: string;

  beforeAll(async () => {
    set = await small.finish('set', [...settings, '--limit', '9']);
  });
  afterAll(() => small.remove());

  it('gives the run, byte for byte, that the same values in the config give', async () => {
    small.write({
      methods: ['lrp-zplus', 'gradient-l2', 'random'],
      perturbation: { region: 2, steps: 40, repeats: 2 },
      dataset: { type: 'tensors', root: 'inputs', limit: 9 },
    });
    const written = await small.finish('written');
    for (const name of ['run.json', 'journal.jsonl', 'aopc.csv', 'summary.json'])
      expect(readFileSync(join(set, name), 'utf8'), name).toBe(readFileSync(join(written, name), 'utf8'));
    small.write({});
  });

  it('is part of what a resumed run must share with the first', async () => {
    const other = await small.run('set', ['--resume', '--limit', '9']);
    expect(other).toMatchObject({ code: 2 });
    expect(other.stderr).toMatch(/cannot resume .*perturbation\.region: 2 -> 4/);
    expect(await small.run('set', ['--resume', ...settings, '--limit', '9'])).toMatchObject({ code: 0 });
  });

  it('is in the line that an interrupted run says how to go on with', async () => {
    const running = small.start('interrupted', [...settings, '--workers', '1']);
    await journalReaches(small.out('interrupted'), 3);
    running.kill('SIGINT');
    const { code, stderr } = await running.ended;
    expect(code).toBe(130);
    expect(stderr).toContain(
      " --set 'perturbation.region=2' --set 'methods=[lrp-zplus, gradient-l2, random]' --workers 1 --quiet --resume\n",
    );
  });

  it('judges a run by another tolerance and level', async () => {
    const baseline = join(small.folder, 'baseline.json');
    const gate = (...options: string[]) => heatproofHere(['gate', set, '--baseline', baseline, ...options]);
    expect((await gate('--update')).code).toBe(0);
    const json = async (...options: string[]) => JSON.parse((await gate('--json', ...options)).stdout);
    const toleranceOf = (report: {
      methods: { metrics: { metric: string; baseline: number; tolerance: number }[] }[];
    }) => {
      const metric = report.methods[0]?.metrics.find((one) => one.metric === 'aopc_morf');
      return (metric?.tolerance ?? Number.NaN) / Math.abs(metric?.baseline ?? Number.NaN);
    };
    expect(toleranceOf(await json())).toBeCloseTo(0.05, 10);
    expect(toleranceOf(await json('--set', 'gate.tolerance=0.2'))).toBeCloseTo(0.2, 10);
    expect(await gate('--set', 'gate.toleranc=1')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/unknown key 'toleranc' .*did you mean 'tolerance'/),
    });
    expect(await gate('--set', 'perturbation.region=1')).toMatchObject({ code: 2 });
    expect(await gate('--update', '--set', 'gate.tolerance=1')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--set and --update exclude each other'),
    });
    expect(await gate('--update', '--junit', 'gate.xml')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--junit and --update exclude each other'),
    });
  });

  it('says in one line what is wrong with it', async () => {
    expect(await builtHere(['run', small.config, '--set', 'perturbation.regio=4'])).toEqual({
      code: 2,
      signal: null,
      stdout: '',
      stderr: expect.stringMatching(/^heatproof: unknown key 'regio' .*did you mean 'region'\?\)\n$/),
    });
  });
});

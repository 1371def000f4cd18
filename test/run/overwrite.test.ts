import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setAside } from '../../src/results/replacement.js';
import { contentsOf } from './directories.js';
import { SmallRun } from './small-run.js';

/** What lies in a results directory and is no run's. */
const NOTES = ['notes.md', '.git/config', 'heatmaps/notes.md', 'mine.csv'];

describe('heatproof run --overwrite', () => {
  let small: SmallRun;
  let finished: Record<string, string>;
  beforeAll(async () => {
    small = new SmallRun({ perturbation: { region: 8, steps: 4 } });
    await small.finish('out');
    mkdirSync(join(small.out('out'), '.git'));
    for (const note of NOTES) writeFileSync(join(small.out('out'), note), note);
    finished = contentsOf(small.out('out'));
  });
  afterAll(() => small.remove());

  /** The first is found out only when methods are compiled. */
  it.each([
    ['a rule that needs a range', { methods: ['lrp-zplus', 'lrp-zplus-zbox-first'] }, /zbox|low and high/],
    ['an unknown method', { methods: ['lrp-alhpa2-beta1'] }, /unknown method/],
    ['a folder of heatmaps that is not there', { methods: ['file:nowhere'] }, /is not a folder/],
  ])('leaves everything as it was after %s; a fresh start leaves nothing', async (_, changes, said) => {
    small.write({ perturbation: { region: 8, steps: 4 }, ...changes });
    for (const [name, args] of [
      ['out', ['--overwrite']],
      ['deep/new', []],
    ] as const) {
      const { code, stderr } = await small.run(name, args);
      expect({ code, lines: stderr.split('\n').length }).toEqual({ code: 2, lines: 2 });
      expect(stderr).toMatch(said);
    }
    expect(contentsOf(small.out('out'))).toEqual(finished);
    expect(existsSync(small.out('deep'))).toBe(false);
  });

  it('replaces what a run wrote, and nothing else', async () => {
    small.write({ perturbation: { region: 8, steps: 3 }, heatmaps: 1 });
    await small.finish('other');
    await small.finish('out', ['--overwrite']);
    const { ...after } = contentsOf(small.out('out'));
    for (const note of NOTES) {
      expect(readFileSync(join(small.out('out'), note), 'utf8')).toBe(note);
      delete after[note];
    }
    expect(after).toEqual(contentsOf(small.out('other')));
  });

  it('puts a run back that a killed process had set aside, or was moving', async () => {
    const out = small.out('other');
    const before = contentsOf(out);
    await setAside(out);
    expect(readdirSync(out)).toEqual(['.replaced-run']);
    writeFileSync(join(out, 'run.json'), '{}');
    expect((await small.run('other')).stderr).toMatch(/expected an empty one, got a run/);
    expect(contentsOf(out)).toEqual(before);
    await setAside(out);
    rmSync(join(out, '.replaced-run', 'timings.csv'));
    renameSync(join(out, '.replaced-run'), join(out, '.moving-run'));
    expect((await small.run('other')).code).toBe(2);
    expect(contentsOf(out)).toEqual(before);
  });
});

import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { computedBy } from '../../src/experiment/equal-bits.js';
import { heatproofHere } from '../cli/heatproof.js';
import { computedUnits, contentsOf } from './directories.js';
import { SmallRun } from './small-run.js';

const SHARDS = ['1', '2', '3'] as const;

describe('heatproof merge', () => {
  let small: SmallRun;
  let whole: Record<string, string>;
  beforeAll(async () => {
    // Two networks, so that shards cut through both, and heatmaps in a folder for each.
    small = new SmallRun({
      model: [
        { name: 'first', weights: 'network.onnx' },
        { name: 'second', weights: 'network.onnx' },
      ],
      perturbation: { region: 8, steps: 8 },
    });
    whole = contentsOf(await small.finish('whole'));
    for (const index of SHARDS) {
      const { code, stdout } = await small.run(index, ['--shard', `${index}/3`, '--workers', '1']);
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: `shard ${index}/3: ${index === '3' ? 10 : 11} units in ${small.out(index)}; see heatproof merge\n`,
      });
    }
  });
  afterAll(() => small.remove());

  const merge = (names: readonly string[], out: string, ...options: string[]) =>
    heatproofHere(['merge', ...names.map((name) => small.out(name)), '--out', small.out(out), ...options]);

  it('gives, byte for byte, what a run of all units gives', async () => {
    const before = SHARDS.map((name) => contentsOf(small.out(name)));
    expect(await merge(['3', '1', '2'], 'merged')).toMatchObject({ code: 0, stderr: '' });
    expect(contentsOf(small.out('merged'))).toEqual(whole);
    expect(computedUnits(small.out('merged')).sort()).toEqual(computedUnits(small.out('whole')).sort());
    expect(SHARDS.map((name) => contentsOf(small.out(name)))).toEqual(before);
  });

  it('says which shards were computed on another processor; --strict refuses them', async () => {
    const other = small.out('elsewhere');
    cpSync(small.out('2'), other, { recursive: true });
    const path = join(other, 'run.json');
    const record = JSON.parse(readFileSync(path, 'utf8'));
    const { processor } = record.machine;
    record.machine.processor = 'Other 9000';
    writeFileSync(path, JSON.stringify(record));
    const note = `heatproof: shard (${other}): last bits may differ (docs/engines.md): processor: ${processor} -> Other 9000\n`;
    const names = ['1', 'elsewhere', '3'];
    expect(await merge(names, 'mixed')).toMatchObject({ code: 0, stderr: note });
    const { 'run.json': _, 'report.html': __, ...rest } = contentsOf(small.out('mixed'));
    expect(whole).toMatchObject(rest);
    const read = (file: string) => readFileSync(small.out(`mixed/${file}`), 'utf8');
    const whom = `${processor} + Other 9000`;
    const how = `last bits of shard 2/3 may differ, processor: ${processor} -> Other 9000`;
    const { machine } = JSON.parse(read('run.json'));
    expect(machine).toEqual({ ...record.machine, processor: whom, mixed: how });
    expect(read('report.html')).toContain(`<dd>${whom}</dd>`);
    expect(read('report.html')).toContain(`<dd>${how.replace('>', '&gt;')}</dd>`);
    expect(computedBy({ definition: {}, machine }).processor).toBe(`${whom} (mixed machines)`);
    expect(await merge(names, 'mixed-strict', '--strict')).toMatchObject({ code: 2, stderr: note });
    expect(existsSync(small.out('mixed-strict'))).toBe(false);
  });

  it('replaces an earlier run only when told so', async () => {
    expect(await merge(SHARDS, 'merged')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--overwrite'),
    });
    expect(await merge(SHARDS, 'merged', '--overwrite')).toMatchObject({ code: 0 });
    expect(contentsOf(small.out('merged'))).toEqual(whole);
  });

  /** The one line that says why shards cannot be merged. */
  const refusal = async (names: readonly string[], out = 'refused', ...options: string[]) => {
    const { code, stdout, stderr } = await merge(names, out, ...options);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    return stderr.replaceAll(small.folder, '');
  };

  it('says which shard is missing, given twice, no shard, or no run', async () => {
    expect(await refusal(['1', '3'])).toBe('heatproof: shards (/1, /3): expected all 3, got no 2/3\n');
    expect(await refusal(['1', '2', '3', '2'])).toBe('heatproof: shard 2/3 twice: /2 and /2\n');
    expect(await refusal(['1', '2', 'whole'])).toBe(
      'heatproof: shard (/whole): expected a run with --shard, got a run without\n',
    );
    expect(await refusal(['1', '2', 'inputs'])).toMatch(
      /^heatproof: run directory \(\/inputs\): expected a readable run\.json, got [^\n]*\n$/,
    );
    expect(await refusal(SHARDS, '1', '--overwrite')).toBe(
      'heatproof: --out (/1): expected a directory of its own, got one of the shards\n',
    );
  });

  /** A copy of shard 3 with one of its files changed. */
  const changed = (name: string, file: string, change: (text: string) => string) => {
    cpSync(small.out('3'), small.out(name), { recursive: true });
    const path = join(small.out(name), file);
    writeFileSync(path, change(readFileSync(path, 'utf8')));
    return name;
  };

  it('says how a shard differs that is of another run', async () => {
    const foreign = changed('foreign', 'run.json', (text) =>
      text.replace('"steps": 8', '"steps": 9').replace('"steps": 8', '"steps": 9'),
    );
    expect(await refusal(['1', '2', foreign])).toBe(
      'heatproof: shard (/foreign): of another run than /1: perturbation.steps: 8 -> 9\n',
    );
    const other = changed('other', 'run.json', (text) => text.replace('"count": 3', '"count": 4'));
    expect(await refusal(['1', '2', other])).toBe(
      'heatproof: shard (/other): of another run than /1: shard.count: 3 -> 4\n',
    );
    const chose = changed('chose', 'selection.json', (text) => text.replace('"p"', '"q"'));
    expect(await refusal(['1', '2', chose])).toBe(
      'heatproof: shard (/chose): chose other samples than /1 (selection.json)\n',
    );
  });

  it('says how many units a shard lacks, and takes it once it is resumed', async () => {
    const cut = changed('cut', 'journal.jsonl', (text) => text.split('\n').slice(2).join('\n'));
    expect(await refusal(['1', '2', cut])).toBe(
      'heatproof: shard (/cut): expected 10 units, got 2 of them missing (heatproof run --resume)\n',
    );
    expect((await small.run(cut, ['--shard', '3/3', '--resume'])).code).toBe(0);
    expect((await merge(['1', cut, '2'], 'again')).code).toBe(0);
    expect(contentsOf(small.out('again'))).toEqual(whole);
  });
});

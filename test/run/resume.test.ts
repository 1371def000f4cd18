import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostHere } from '../../src/files/claim.js';
import { toOnnx } from '../../src/onnx/encode.js';
import { indexJournal } from '../../src/results/journal.js';
import { heatproofHere } from '../cli/heatproof.js';
import { plain } from '../perturbation/networks.js';
import { computedUnits, contentsOf, journalReaches } from './directories.js';
import { IMAGES, SmallRun } from './small-run.js';
// Loaded before two processes race for a directory.
import '../../src/cli/run.js';

describe('heatproof run', () => {
  let small: SmallRun;
  let undisturbed: Record<string, string>;
  beforeAll(async () => {
    small = new SmallRun();
    undisturbed = contentsOf(await small.finish('undisturbed', ['--workers', '2']));
  });
  afterAll(() => small.remove());

  /** Kills a run as soon as so many units are in its journal; returns the keys of those that are. */
  const killAfter = async (name: string, units: number): Promise<string[]> => {
    const run = small.start(name, ['--resume']);
    await journalReaches(small.out(name), units);
    run.kill('SIGKILL');
    expect((await run.ended).signal).toBe('SIGKILL');
    return finished(name);
  };

  const finished = async (name: string) => [
    ...(await indexJournal(join(small.out(name), 'journal.jsonl'))).lines.keys(),
  ];

  /** Goes on with a run and returns the keys of the units that this computed. */
  const resume = async (name: string): Promise<string[]> => {
    rmSync(join(small.out(name), 'timings.csv'), { force: true });
    await small.finish(name, ['--resume']);
    return computedUnits(small.out(name));
  };

  it('writes the same bytes with one worker as with two', async () => {
    expect(contentsOf(await small.finish('one-worker', ['--workers', '1']))).toEqual(undisturbed);
  });

  it('goes on after every kill -9, computes nothing twice and loses nothing', async () => {
    let kept: string[] = [];
    for (const units of [1, 6, IMAGES - 1]) {
      const keys = await killAfter('killed', units);
      expect(keys).toEqual(expect.arrayContaining(kept));
      kept = keys;
    }
    const all = await finished('undisturbed');
    expect((await resume('killed')).sort()).toEqual(all.filter((key) => !kept.includes(key)));
    expect(contentsOf(small.out('killed'))).toEqual(undisturbed);
  });

  it('does again, and only, the units whose journal lines are torn or damaged, and says so', async () => {
    const journal = join(small.out('killed'), 'journal.jsonl');
    const lines = readFileSync(journal, 'utf8').trimEnd().split('\n');
    const key = (line: number) => JSON.parse(lines[line] as string).unit.key as string;
    const [damaged, torn] = [key(3), key(IMAGES - 1)];
    const broken = lines.map((line, i) => (i === 3 ? line.replace(/\d(?=\D*$)/, 'x') : line)).join('\n');
    writeFileSync(journal, broken.slice(0, -20));
    rmSync(join(small.out('killed'), 'timings.csv'), { force: true });
    const { code, stderr } = await small.run('killed', ['--resume']);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: `heatproof: damaged lines in ${journal}: 2; their units are done again\n`,
    });
    expect(computedUnits(small.out('killed')).sort()).toEqual([damaged, torn].sort());
    expect(contentsOf(small.out('killed'))).toEqual(undisturbed);
  });

  it('computes nothing when nothing is left', async () => {
    rmSync(join(small.out('killed'), 'summary.json'));
    rmSync(join(small.out('killed'), 'timings.csv'), { force: true });
    await small.finish('killed', ['--resume']);
    expect(existsSync(join(small.out('killed'), 'timings.csv'))).toBe(false);
    expect(contentsOf(small.out('killed'))).toEqual(undisturbed);
  });

  it('removes what a killed process had not finished writing', async () => {
    const leftovers = [
      '.run.json.9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d.tmp',
      'heatmaps/.a.png.9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d.tmp',
    ];
    for (const name of leftovers) writeFileSync(join(small.out('killed'), name), 'half');
    await small.finish('killed', ['--resume']);
    expect(contentsOf(small.out('killed'))).toEqual(undisturbed);
  });

  it('tries failed units again', async () => {
    // The same bytes in size and name, so that the data set counts as the same.
    const [input, good] = [join(small.inputs, 'c.npy'), readFileSync(join(small.inputs, 'c.npy'))];
    writeFileSync(input, Buffer.from(good).fill(0xff, good.length - 4));
    const { code, stdout } = await small.run('mended');
    expect(code).toBe(3);
    expect(stdout).toMatch(/failed: 1\n {2}c: network input \(.*c\.npy\): expected finite numbers, got NaN/);
    writeFileSync(input, good);
    expect(await resume('mended')).toEqual(['experiment/c']);
    expect(contentsOf(small.out('mended'))).toEqual(undisturbed);
  });

  it('lets only one process work in a directory', async () => {
    const first = small.start('shared');
    await journalReaches(small.out('shared'), 1);
    const { code, stderr } = await heatproofHere([
      'run',
      small.config,
      '--out',
      small.out('shared'),
      '--resume',
    ]);
    first.kill('SIGKILL');
    await first.ended;
    expect(code).toBe(2);
    expect(stderr).toBe(
      `heatproof: results directory (${small.out('shared')}): expected to be free, got in use by process ${first.pid} on ${hostHere()}\n`,
    );
    await small.finish('shared', ['--overwrite']);
    expect(contentsOf(small.out('shared'))).toEqual(undisturbed);
  });

  describe('refuses, and changes nothing,', () => {
    const refused = async (args: readonly string[], config = small.config) => {
      const before = contentsOf(small.out('killed'));
      const { code, stderr, stdout } = await heatproofHere([
        'run',
        config,
        '--out',
        small.out('killed'),
        ...args,
      ]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(contentsOf(small.out('killed'))).toEqual(before);
      return stderr.replaceAll(small.folder, '');
    };

    it.each([
      ['fewer steps', { perturbation: { region: 4, steps: 39, repeats: 2 } }, 'perturbation.steps: 40 -> 39'],
      [
        'another method',
        { methods: ['lrp-zplus', 'edges'] },
        'methods: ["lrp-zplus","random"] -> ["lrp-zplus","edges"]',
      ],
      [
        'another order of methods',
        { methods: ['random', 'lrp-zplus'] },
        'methods: ["lrp-zplus","random"] -> ["random","lrp-zplus"]',
      ],
      ['more heatmaps', { heatmaps: 4 }, 'heatmaps: 3 -> 4'],
      ['another measure', { complexity: true }, 'complexity: false -> true'],
      ['other statistics', { statistics: { resamples: 500 } }, 'statistics.resamples: 2000 -> 500'],
    ])('to resume with %s', async (_, changes, said) => {
      const changed = small.write(changes);
      const stderr = await refused(['--resume'], changed);
      small.write({});
      expect(stderr).toBe(`heatproof: cannot resume (/killed), changed since: ${said}\n`);
    });

    it('to resume with fewer images, another data set or another network', async () => {
      expect(await refused(['--resume', '--limit', '4'])).toMatch(
        /changed since: dataset\.limit: nothing -> 4\n$/,
      );
      const input = join(small.inputs, 'c.npy');
      renameSync(input, `${input}.away`);
      expect(await refused(['--resume'])).toMatch(
        /cannot resume \(\/inputs\): expected the files that were measured, got changed ones for c; \d+ units are kept, go on with --resume\n$/,
      );
      renameSync(`${input}.away`, input);
      const network = join(small.folder, 'network.onnx');
      const bytes = readFileSync(network);
      writeFileSync(network, toOnnx(plain(2).graph));
      expect(await refused(['--resume'])).toMatch(
        /changed since: networks\.0\.hash: "\w{64}" -> "\w{64}"\n$/,
      );
      writeFileSync(network, bytes);
    });

    it('to resume another shard of the run', async () => {
      expect(await refused(['--resume', '--shard', '1/2'])).toBe(
        'heatproof: cannot resume (/killed), changed since: shard: nothing -> {"index":1,"count":2}\n',
      );
    });

    it('to start where a run is', async () => {
      expect(await refused([])).toBe(
        'heatproof: results directory (/killed): expected an empty one, got a run (go on with it by --resume, replace it by --overwrite)\n',
      );
    });

    it('to resume or overwrite what is no run', async () => {
      const record = join(small.out('killed'), 'run.json');
      renameSync(record, small.out('run.json'));
      for (const option of ['--resume', '--overwrite']) {
        expect(await refused([option])).toMatch(
          /^heatproof: results directory \(\/killed\): expected one with a run in it \(run\.json\), or an empty one, got \d+ other files\n$/,
        );
      }
      writeFileSync(record, '{"half":');
      expect(await refused(['--resume'])).toMatch(
        /^heatproof: run directory \(\/killed\/run\.json\): expected JSON, got [^\n]+\n$/,
      );
      renameSync(small.out('run.json'), record);
    });
  });
});

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { computedUnits, contentsOf, journalReaches } from '../run/directories.js';
import { IMAGES, SmallRun } from '../run/small-run.js';

const SWEEP = {
  sweep: {
    'perturbation.region': [4, 8],
    methods: [
      ['lrp-zplus', 'random'],
      ['gradient-l2', 'random'],
    ],
  },
};
const PERTURBATION = { perturbation: { steps: 9, repeats: 2 } };
const NAMES = ['region-4_methods-1', 'region-4_methods-2', 'region-8_methods-1', 'region-8_methods-2'];

/** Real runs by the built command line. */
describe('heatproof run of a sweep', () => {
  const small = new SmallRun({ ...PERTURBATION, ...SWEEP });
  let whole: string;
  beforeAll(async () => {
    whole = await small.finish('whole', ['--workers', '2']);
  });
  afterAll(() => small.remove());

  it('gives each run a folder, and is what each would be by itself', async () => {
    expect(readdirSync(whole).sort()).toEqual(['comparison.html', ...NAMES, 'sweep.csv']);
    const alone = await small.finish('alone', [
      '--set',
      'sweep={}',
      '--set',
      'perturbation.region=8',
      '--set',
      'methods=[gradient-l2, random]',
    ]);
    expect(contentsOf(join(whole, 'region-8_methods-2'))).toEqual(contentsOf(alone));
  });

  it('ends with a table of all runs and a page that compares them', () => {
    const [header = '', ...lines] = readFileSync(join(whole, 'sweep.csv'), 'utf8').trimEnd().split('\n');
    expect(header).toMatch(/^run,perturbation\.region,methods,network,method,aopc_morf,aopc_morf_ci_low,/);
    expect(lines).toHaveLength(8);
    const [columns, row] = [
      header.split(','),
      lines.find((line) => /^region-8_methods-1,8,"\[.*\]",[^,]*,lrp-zplus,/.test(line)),
    ];
    // The cell of methods has a comma: from the end there is none.
    const aopc = row?.split(',').at(columns.indexOf('aopc_morf') - columns.length);
    const [names = '', first = ''] = readFileSync(
      join(whole, 'region-8_methods-1', 'aopc.csv'),
      'utf8',
    ).split('\n');
    expect(aopc).toBe(first.split(',')[names.split(',').indexOf('aopc_morf')]);
    const page = readFileSync(join(whole, 'comparison.html'), 'utf8');
    for (const name of NAMES) expect(page).toContain(name);
  });

  it('stops at Ctrl-C and goes on where it was, to the same files', async () => {
    const running = small.start('stopped', ['--workers', '1']);
    await journalReaches(join(small.out('stopped'), NAMES[1] as string), 3);
    running.kill('SIGINT');
    const { code, stderr } = await running.ended;
    expect(code).toBe(130);
    expect(stderr).toMatch(
      /stopped in region-4_methods-2 \(2\/4\) with \d+ units done; go on with: heatproof run .* --resume\n$/,
    );
    expect(existsSync(join(small.out('stopped'), NAMES[2] as string))).toBe(false);
    const resumed = await small.run('stopped', ['--resume', '--json']);
    expect(resumed.code).toBe(0);
    expect(JSON.parse(resumed.stdout).runs.map(({ name }: { name: string }) => name)).toEqual(NAMES);
    for (const name of NAMES) {
      expect(computedUnits(join(small.out('stopped'), name))).toHaveLength(IMAGES);
      expect(contentsOf(join(small.out('stopped'), name))).toEqual(contentsOf(join(whole, name)));
    }
    for (const name of ['sweep.csv', 'comparison.html'])
      expect(readFileSync(join(small.out('stopped'), name), 'utf8')).toBe(
        readFileSync(join(whole, name), 'utf8'),
      );
  });

  it('says with --check how many runs of how many images there would be, and writes nothing', async () => {
    const { code, stdout } = await small.run('checked', ['--check']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^run +arrays +networks +methods\n/);
    expect(stdout).toMatch(/\nregion-8_methods-2 +16 +1 +2\n/);
    expect(stdout).toMatch(/\n\nresults: .*checked\n4 runs, checked; nothing was run\n$/);
    const { stdout: json } = await small.run('checked', [
      '--check',
      '--json',
      '--set',
      'sweep={}',
      '--limit',
      '3',
    ]);
    expect(JSON.parse(json)).toEqual([
      { run: 'tiny', images: 3, networks: 1, methods: 2, out: small.out('checked') },
    ]);
    expect(existsSync(small.out('checked'))).toBe(false);
  });

  it('is checked as a whole before its first run', async () => {
    const refused = async (name: string, ...args: string[]) => {
      const { code, stderr } = await small.run(name, args);
      expect(code).toBe(2);
      return stderr;
    };
    const steps = await refused('late', '--set', 'sweep={perturbation.steps: [4, 4000]}');
    expect(steps).toMatch(
      /^heatproof: steps-4000: perturbation\.steps .*: expected at most \d+: .*, got 4000\n$/,
    );
    expect(existsSync(small.out('late'))).toBe(false);

    const methods = 'sweep={methods: [[random], [lrp-zplus@nowhere]]}';
    for (const check of [[], ['--check']])
      expect(await refused('late', '--set', methods, ...check)).toMatch(
        /^heatproof: methods-2: layer \(network .*\): expected the name of a layer .*, got 'nowhere'\n$/,
      );
    expect(existsSync(small.out('late'))).toBe(false);

    mkdirSync(join(small.out('taken'), NAMES[3] as string), { recursive: true });
    writeFileSync(join(small.out('taken'), NAMES[3] as string, 'notes.txt'), 'mine');
    expect(await refused('taken')).toMatch(
      /^heatproof: results directory \(.*region-8_methods-2\): expected an empty one/,
    );
    expect(readdirSync(small.out('taken'))).toEqual([NAMES[3]]);

    expect(await refused('whole')).toMatch(
      /region-4_methods-1\): .*go on with it by --resume, replace it by --overwrite\)\n$/,
    );
    expect(await refused('whole/region-8_methods-2', '--overwrite')).toMatch(
      /expected an empty one, or one of a sweep, got that of a single run\n$/,
    );
    expect(await refused('shard', '--shard', '1/2')).toMatch(
      /^heatproof: --shard: expected an experiment without a sweep/,
    );
  });
});

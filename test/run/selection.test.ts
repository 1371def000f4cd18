import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contentsOf } from './directories.js';
import { SmallRun } from './small-run.js';

const LIMIT = 5;
const IDS = [...'abcdefghijklmnop'];
/** The order in which images are tried: by SHA-256 of seed and id. */
const DRAWN = IDS.map((id) => ({ id, key: createHash('sha256').update(`1 ${id}`).digest('hex') }))
  .sort((a, b) => (a.key < b.key ? -1 : 1))
  .map(({ id }) => id);

/** Runs on images of which the network is right about some, wrong about others, and one is broken. */
describe('heatproof run with select: correct', () => {
  const quick = { perturbation: { region: 8, steps: 4 }, methods: ['random'], heatmaps: 0 };
  const wrong = DRAWN.filter((_, i) => i % 3 === 0);
  const broken = DRAWN[4] as string;
  let small: SmallRun;

  beforeAll(async () => {
    small = new SmallRun(quick);
    await small.finish('all');
    const lines = readFileSync(join(small.out('all'), 'journal.jsonl'), 'utf8')
      .trimEnd()
      .split('\n');
    const labels = lines.map((line) => {
      const { image, top } = JSON.parse(line).unit;
      const predicted = Number(top[0].label);
      return `${image},${wrong.includes(image) ? (predicted + 1) % 5 : predicted}`;
    });
    writeFileSync(join(small.inputs, 'labels.csv'), `id,label\n${labels.join('\n')}\n`);
    writeFileSync(join(small.folder, 'classes.txt'), 'u\nv\nw\nx\ny\n');
    const dataset = { type: 'tensors', root: 'inputs', labels: join(small.folder, 'classes.txt') };
    small.write({ ...quick, dataset: { ...dataset, select: 'correct', limit: LIMIT } });
    writeFileSync(join(small.inputs, `${broken}.npy`), 'This is no array.');
  });
  afterAll(() => small.remove());

  it('takes the first that are right, in the order of the draw, with one worker and with two', async () => {
    const right = DRAWN.filter((id) => !wrong.includes(id) && id !== broken).slice(0, LIMIT);
    const tried = DRAWN.slice(0, DRAWN.indexOf(right.at(-1) as string));
    for (const workers of ['1', '2']) {
      const { code, stdout } = await small.run(workers, ['--workers', workers]);
      expect(code).toBe(3);
      expect(stdout).toContain(
        `passed over by dataset.select: ${tried.filter((id) => wrong.includes(id)).length} arrays\n`,
      );
      expect(stdout).toMatch(/\naccuracy of experiment: 100\.0 % \[\d+\.\d, 100\.0\] of \d+ arrays?\n/);
    }
    expect(JSON.parse(readFileSync(join(small.out('1'), 'selection.json'), 'utf8'))).toEqual({
      images: [...right].sort(),
      passedOver: tried.filter((id) => wrong.includes(id)),
      unreadable: [{ image: broken, reason: expect.stringContaining(`${broken}.npy`) }],
      contents: right.map(() => expect.stringMatching(/^[0-9a-f]{32}$/)),
      missing: 0,
    });
    expect(contentsOf(small.out('2'))).toEqual(contentsOf(small.out('1')));
  });

  it('takes those that are wrong, where they are asked for', async () => {
    const set = ['dataset.select=wrong', 'dataset.limit=1', 'heatmaps=0'].flatMap((one) => ['--set', one]);
    await small.run('wrong', set);
    const { images } = JSON.parse(readFileSync(join(small.out('wrong'), 'selection.json'), 'utf8'));
    expect(images).toEqual(DRAWN.filter((id) => wrong.includes(id)).slice(0, 1));
  });
});

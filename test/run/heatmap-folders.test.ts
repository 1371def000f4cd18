import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { writeNpy } from '../../src/files/npy.js';
import { randomStream } from '../../src/random.js';
import { builtHere } from '../cli/heatproof.js';
import { plain } from '../perturbation/networks.js';
import { contentsOf, journalReaches } from './directories.js';
import { IMAGES, SmallRun } from './small-run.js';

/** Heatmaps of another tool, in a folder beside the config: not where the command is run. */
describe('heatmaps made elsewhere', () => {
  const small = new SmallRun({ methods: ['file:maps', 'random'] });
  afterAll(() => small.remove());
  const [, height, width] = plain(1).inputShape as [number, number, number];
  const ids = Array.from({ length: IMAGES }, (_, i) => String.fromCharCode(97 + i));
  const file = (id: string) => join(small.folder, 'maps', `${id}.npy`);

  /** Other heatmaps for every seed, in the form of `axes`. */
  const write = (id: string, seed = 1, axes = [height, width]) =>
    writeFileSync(file(id), writeNpy(axes, randomStream(seed, id).normals(height * width)));

  beforeEach(() => {
    rmSync(join(small.folder, 'maps'), { recursive: true, force: true });
    mkdirSync(join(small.folder, 'maps'));
    for (const id of ids) write(id);
  });

  it('belong to the definition: replaced ones do not go on with a run, the same ones written otherwise do', async () => {
    const undisturbed = contentsOf(await small.finish('whole'));
    const run = small.start('broken');
    await journalReaches(small.out('broken'), 2);
    run.kill('SIGKILL');
    await run.ended;
    write('c', 2);
    const { code, stderr } = await small.run('broken', ['--resume']);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^heatproof: cannot resume \(.*\), changed since: methods\.file:maps\.content: "[0-9a-f]{64}" -> "[0-9a-f]{64}"\n$/,
    );
    for (const id of ids) write(id, 1, [1, 1, height, width]);
    await small.finish('broken', ['--resume']);
    expect(contentsOf(small.out('broken'))).toEqual(undisturbed);
  });

  it('are compared by the gate', async () => {
    const baseline = join(small.folder, 'baseline.json');
    await small.finish('before');
    await builtHere(['gate', small.out('before'), '--baseline', baseline, '--update']);
    write('a', 3);
    await small.finish('after');
    const { code, stdout } = await builtHere(['gate', small.out('after'), '--baseline', baseline]);
    expect(code).toBe(1);
    expect(stdout).toContain('methods.file:maps.content');
  });

  it('that are missing are told before the start, and only their method is left out there', async () => {
    for (const id of ['b', 'k']) rmSync(file(id));
    const { code, stdout, stderr } = await small.run('fewer');
    expect(stderr).toBe(
      `heatproof: file:maps has no heatmap of 2 of ${IMAGES} arrays and is left out there: b, k\n`,
    );
    expect(code).toBe(3);
    expect(stdout).toContain('failed: 2\n  b: file:maps: no heatmap, maps/b.npy\n  k: file:maps:');
    const summary = JSON.parse(readFileSync(join(small.out('fewer'), 'summary.json'), 'utf8'));
    expect(summary.images.done).toBe(IMAGES);
    const measured = summary.methods.map(({ method, images }: { method: string; images: number }) => [
      method,
      images,
    ]);
    expect(measured).toEqual([
      ['file:maps', IMAGES - 2],
      ['random', IMAGES],
    ]);
  });

  it('that cannot be used are told in one list, before anything is written', async () => {
    write('a', 1, [width, height]);
    writeFileSync(file('d'), writeNpy([height, width], new Float32Array(height * width).fill(Number.NaN)));
    writeFileSync(file('e'), 'no array');
    small.write({ methods: ['file:maps', 'file:nowhere', 'file:inputs/..', 'random'] });
    const { code, stderr } = await small.run('refused');
    small.write({ methods: ['file:maps', 'random'] });
    expect(code).toBe(2);
    const lines = stderr.trimEnd().split('\n');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      /heatmaps made elsewhere: heatmap \(.*a\.npy\): expected shape \[.*\] or \[.*\], got \[.*\]; heatmap \(.*d\.npy, element 0\): expected finite numbers, got NaN; .*e\.npy.*; file:nowhere: .*nowhere is not a folder; file:inputs\/\.\.: .* has no 'a\.npy'/,
    );
    expect(existsSync(small.out('refused'))).toBe(false);
  });
});

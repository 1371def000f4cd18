import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { builtHere } from '../cli/heatproof.js';
import { SmallRun } from './small-run.js';

const runs: SmallRun[] = [];
afterAll(() => {
  for (const run of runs) run.remove();
});

function small(changes: Readonly<Record<string, unknown>> = {}): SmallRun {
  const run = new SmallRun({ perturbation: undefined, complexity: true, heatmaps: 0, ...changes });
  runs.push(run);
  return run;
}

/** Changes one number of an input, which stays as long as it was. */
function alter({ inputs }: SmallRun, id: string): void {
  const path = join(inputs, `${id}.npy`);
  const bytes = readFileSync(path);
  bytes.writeFloatLE(0.25, bytes.length - 4);
  writeFileSync(path, bytes);
}

describe('bytes that change', () => {
  it('are noticed by resume', async () => {
    const run = small();
    await run.finish('out', ['--workers', '1']);
    expect(await run.run('out', ['--resume'])).toMatchObject({ code: 0 });
    alter(run, 'b');
    const { code, stderr } = await run.run('out', ['--resume']);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^heatproof: cannot resume \(.*inputs\): expected the files that were measured, got changed ones for b; 16 units are kept/,
    );
    writeFileSync(join(run.inputs, 'zz.npy'), readFileSync(join(run.inputs, 'a.npy')));
    expect((await run.run('out', ['--resume'])).stderr).toMatch(
      /cannot resume \(.*inputs\): expected the 16 of the start, got others: zz; 16 units/,
    );
  });

  it('are noticed by resume among images that were chosen as correct, and by merge', async () => {
    const run = small({ dataset: { type: 'tensors', root: 'inputs', select: 'correct', limit: 2 } });
    // Whatever the network predicts: some of the images are labelled so.
    const ids = 'abcdefghijklmnop'.split('');
    writeFileSync(
      join(run.inputs, 'labels.csv'),
      `id,label\n${ids.map((id, i) => `${id},${i % 5}`).join('\n')}\n`,
    );
    await run.finish('first', ['--workers', '1', '--shard', '1/2']);
    const selection = JSON.parse(readFileSync(join(run.out('first'), 'selection.json'), 'utf8'));
    alter(run, selection.images[0]);
    const { code, stderr } = await run.run('first', ['--resume', '--shard', '1/2']);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(
        /^heatproof: cannot resume \(.*inputs\): expected the files that were measured, got changed ones for \w; 1 units are kept/,
      ),
    ]);
    expect((await run.run('second', ['--workers', '1', '--shard', '2/2'])).code).toBe(0);
    const merged = await builtHere([
      'merge',
      run.out('first'),
      run.out('second'),
      '--out',
      run.out('merged'),
    ]);
    expect(merged.code).toBe(2);
    expect(merged.stderr).toMatch(/chose other samples than .*selection.json/);
  });
});

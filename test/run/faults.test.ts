import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { indexJournal } from '../../src/results/journal.js';
import { commandOf, heatproofHere, start } from '../cli/heatproof.js';
import { computedUnits, contentsOf, journalReaches, lineCount } from './directories.js';
import { IMAGES, SmallRun } from './small-run.js';

describe('heatproof run', () => {
  let small: SmallRun;
  let undisturbed: Record<string, string>;
  beforeAll(async () => {
    small = new SmallRun();
    undisturbed = contentsOf(await small.finish('undisturbed'));
  });
  afterAll(() => small.remove());

  const journalOf = (name: string) => join(small.out(name), 'journal.jsonl');

  /** How a run that something ended says so. */
  const kept = async (name: string) =>
    `; ${(await indexJournal(journalOf(name))).lines.size} units are kept, go on with --resume\n`;

  it('finishes what is in hand at the first Ctrl-C and says how to go on', async () => {
    const run = small.start('interrupted', ['--workers', '1']);
    await journalReaches(small.out('interrupted'), 3);
    run.kill('SIGINT');
    const { code, stdout, stderr } = await run.ended;
    const done = lineCount(journalOf('interrupted'));
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(done).toBeLessThan(IMAGES);
    const [first, second, end] = stderr.split('\n');
    expect(first).toBe('heatproof: finishing what is in hand; once more to stop at once');
    expect(second).toBe(
      `heatproof: stopped with ${done} units done; go on with: heatproof run ${small.config} --out ${small.out('interrupted')} --workers 1 --quiet --resume`,
    );
    expect(end).toBe('');

    // What it says works as it stands.
    const command = (second as string).replace(/^.*: heatproof/, `'${commandOf().join("' '")}'`);
    expect((await start(['bash', '-c', command]).ended).code).toBe(0);
    expect(computedUnits(small.out('interrupted'))).toHaveLength(IMAGES);
    expect(contentsOf(small.out('interrupted'))).toEqual(undisturbed);
  });

  it('says so where the process itself can say nothing: native code crashed, or it was killed', async () => {
    for (const signal of ['SIGSEGV', 'SIGKILL'] as const) {
      const run = small.start(signal, ['--workers', '1']);
      await journalReaches(small.out(signal), 1);
      run.kill(signal);
      const ended = await run.ended;
      expect(ended.signal).toBe(signal);
      expect(ended.stderr).toBe(
        `heatproof: the process ended without a word: it was killed, ran out of memory, or native code crashed; what is finished is kept, go on with: heatproof run ${small.config} --out ${small.out(signal)} --workers 1 --quiet --resume\n`,
      );
    }
  });

  it('stops at once at the second Ctrl-C', async () => {
    const endless = new SmallRun({ perturbation: { region: 1, steps: 900, repeats: 500 } });
    const run = endless.start('out');
    // An image is in hand soon after the batch sizes were measured; before that, one Ctrl-C is enough.
    while (lineCount(join(endless.out('out'), 'timings.csv')) < 2)
      await new Promise((done) => setTimeout(done, 10));
    await new Promise((done) => setTimeout(done, 1000));
    run.kill('SIGINT');
    await new Promise((done) => setTimeout(done, 300));
    run.kill('SIGINT');
    expect(await run.ended).toMatchObject({ code: -1, signal: 'SIGINT' });
    endless.remove();
  });

  it('lists an image whose worker dies, does all others, and does it on resume', async () => {
    const preload = pathToFileURL('test/run/die-reading.mjs').href;
    const env = { NODE_OPTIONS: `--import ${preload}`, DIE_READING: 'f.npy' };
    const { code, stdout } = await small.start('died', ['--workers', '2'], { env }).ended;
    expect(code).toBe(3);
    expect(stdout).toContain(
      'failed: 1\n  f: failed twice, alone the second time: worker exited with code: 7\n',
    );
    expect(lineCount(journalOf('died'))).toBe(IMAGES);
    await small.finish('died', ['--resume']);
    expect(contentsOf(small.out('died'))).toEqual(undisturbed);
  });

  it('ends when the data set vanishes, and goes on when it is back', async () => {
    const run = small.start('vanished', ['--workers', '1']);
    await journalReaches(small.out('vanished'), 2);
    renameSync(small.inputs, `${small.inputs}.away`);
    const { code, stdout, stderr } = await run.ended;
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe(
      `heatproof: the data set has vanished: data set: ${small.inputs} is not a folder${await kept('vanished')}`,
    );
    renameSync(`${small.inputs}.away`, small.inputs);
    await small.finish('vanished', ['--resume']);
    expect(contentsOf(small.out('vanished'))).toEqual(undisturbed);
  });

  it('ends when files of the data set vanish', async () => {
    const run = small.start('emptied', ['--workers', '1']);
    await journalReaches(small.out('emptied'), 1);
    mkdirSync(small.out('away'));
    for (const id of ['m', 'n', 'o', 'p'])
      renameSync(join(small.inputs, `${id}.npy`), join(small.out('away'), `${id}.npy`));
    const { code, stderr } = await run.ended;
    expect(code).toBe(2);
    expect(stderr).toBe(
      `heatproof: data set (${small.inputs}): files have vanished since the start${await kept('emptied')}`,
    );
    for (const id of ['m', 'n', 'o', 'p'])
      renameSync(join(small.out('away'), `${id}.npy`), join(small.inputs, `${id}.npy`));
  });

  it('ends when the journal may not grow any more, and the journal is intact', async () => {
    const plain = new SmallRun({ heatmaps: 0 });
    const out = plain.out('limited');
    const limited = ['bash', '-c', 'ulimit -f 40; exec "$@"', 'bash', ...commandOf()] as const;
    const { code, stdout, stderr } = await start([...limited, 'run', plain.config, '--out', out, '--quiet'])
      .ended;
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    const { lines, damaged } = await indexJournal(join(out, 'journal.jsonl'));
    expect(lines.size).toBeGreaterThan(3);
    expect(damaged).toBe(1);
    expect(stderr).toBe(
      `heatproof: results directory (${out}): EFBIG: file too large, write; ${lines.size} units are kept, go on with --resume\n`,
    );
    expect(await plain.run('limited', ['--resume'])).toMatchObject({
      code: 0,
      stderr: `heatproof: damaged lines in ${join(out, 'journal.jsonl')}: 1; their units are done again\n`,
    });
    for (const name of ['journal.jsonl', 'curves.csv', 'aopc.csv', 'summary.json'])
      expect(contentsOf(out)[name], name).toBe(undisturbed[name]);
    plain.remove();
  });

  const mountable = canMount();
  it.skipIf(!mountable)(
    `ends when the disk is full, and goes on when there is room${mountable ? '' : ' (skipped: cannot mount a tmpfs here)'}`,
    async () => {
      const out = small.out('full');
      mkdirSync(out);
      // The disk is mounted in a namespace of its own, so that it is gone with the process, whatever happens.
      const script = `
        mount -t tmpfs -o size=100k tmpfs "$OUT"
        "$@"; echo "exit $?"
        mount -o remount,size=50m "$OUT"
        "$@" --resume; echo "exit $?"
        cp -r "$OUT" "$OUT-copy"`;
      const args = ['run', small.config, '--out', out, '--quiet', '--workers', '2', '--json'];
      const { stdout, stderr } = await start(
        [...UNSHARE, 'bash', '-c', script, 'bash', ...commandOf(), ...args],
        { env: { OUT: out } },
      ).ended;
      expect(stderr).toMatch(
        /^heatproof: (results directory|heatmaps) \(.*\): ENOSPC: no space left on device, write.*\n(heatproof: damaged lines .*\n)?$/,
      );
      expect(stdout).toMatch(/^exit 2\n\{.*\}\nexit 0\n$/);
      expect(contentsOf(`${out}-copy`)).toEqual(undisturbed);
    },
  );

  it('does not mind when nobody reads its progress any more', async () => {
    const args = ['run', small.config, '--out', small.out('unread')];
    const script = 'set -o pipefail; "$@" 2>&1 >/dev/null | head -n 1';
    const { code, stdout } = await start(['bash', '-c', script, 'bash', ...commandOf(), ...args]).ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ +0 % {2}tiny {2}0\/16\n$/);
    expect(contentsOf(small.out('unread'))).toEqual(undisturbed);
  });

  it('says in one line that what it prints cannot be written', async () => {
    const { code, stderr } = await start(['bash', '-c', '"$@" >/dev/full', 'bash', ...commandOf(), 'methods'])
      .ended;
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'heatproof: output: ENOSPC: no space left on device, write\n',
    });
  });

  it('says in one line where results cannot be written', async () => {
    const here = (name: string) => heatproofHere(['run', small.config, '--out', small.out(name)]);
    writeFileSync(small.out('file'), '');
    expect(await here('file')).toMatchObject({
      code: 2,
      stderr: `heatproof: EEXIST: file already exists, mkdir '${small.out('file')}'\n`,
    });
    expect(await here('file/below')).toMatchObject({
      code: 2,
      stderr: `heatproof: ENOTDIR: not a directory, mkdir '${small.out('file/below')}'\n`,
    });
    mkdirSync(small.out('locked'), { mode: 0o555 });
    chmodSync(small.folder, 0o755);
    const [inside, below] = await asSomebodyElse(async () => [
      await here('locked'),
      await here('locked/below'),
    ]);
    expect(inside.code).toBe(2);
    expect(inside.stderr).toMatch(
      /^heatproof: EACCES: permission denied, open '.*\/locked\/run\.lock\.[^\n]*'\n$/,
    );
    expect(below).toMatchObject({
      code: 2,
      stderr: `heatproof: EACCES: permission denied, mkdir '${small.out('locked/below')}'\n`,
    });
  });
});

const NOBODY = 65534;

/** Permissions do not bind root: then this process is somebody else for a while. */
async function asSomebodyElse<T>(work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return work();
  process.seteuid?.(NOBODY);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

const UNSHARE = ['unshare', '--user', '--map-root-user', '--mount'] as const;

function canMount(): boolean {
  try {
    execFileSync('unshare', [...UNSHARE.slice(1), 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { journalReaches } from '../run/directories.js';
import { SmallRun } from '../run/small-run.js';
import { commandOf, heatproof, start } from './heatproof.js';

/** Code 1 says that a gate failed, and nothing else does. */
describe('exit codes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'heatproof-exit-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([16, 24, 40])('with %i open files allowed, the machine is at fault', async (files) => {
    const command = [
      'bash',
      '-c',
      `ulimit -n ${files}; exec "$@"`,
      'bash',
      ...commandOf(),
      'run',
      'none.yaml',
    ];
    const { code } = await start(command as [string, ...string[]]).ended;
    expect(code).not.toBe(0);
    expect(code).not.toBe(1);
  });

  it.each([
    [
      'RangeError',
      'new RangeError("Array buffer allocation failed")',
      2,
      /^heatproof: Array buffer allocation failed\n$/,
    ],
    [
      'EMFILE',
      'Object.assign(new Error("EMFILE: too many open files, open"), {code: "EMFILE", syscall: "open"})',
      2,
      /^heatproof: EMFILE[^\n]*\n$/,
    ],
    [
      'a defect',
      'new TypeError("x is not a function")',
      70,
      /^heatproof: TypeError: x is not a function\n {4}at /,
    ],
  ])('%s that nobody answers', async (name, error, code, said) => {
    const preload = join(folder, `${name}.mjs`);
    writeFileSync(preload, `setImmediate(() => { throw ${error}; });`);
    const ended = await heatproof(['methods'], {
      env: { NODE_OPTIONS: `--import ${JSON.stringify(preload)}` },
    });
    expect(ended.code).toBe(code);
    expect(ended.stderr).toMatch(said);
  });

  it('SIGUSR1 stops a run gracefully and opens no debugger', async () => {
    const small = new SmallRun();
    const run = small.start('stopped');
    await journalReaches(small.out('stopped'), 1);
    run.kill('SIGUSR1');
    const { code, stderr } = await run.ended;
    small.remove();
    expect(code).toBe(130);
    expect(stderr).toMatch(/go on with: heatproof run /);
    expect(stderr).not.toContain('Debugger');
  });
});

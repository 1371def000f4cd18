import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { claimOf, hostHere } from '../../src/files/claim.js';

const before = process.env.TMPDIR;
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heatproof-scratch-'));
  process.env.TMPDIR = folder;
  vi.resetModules();
});
afterEach(() => {
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;
  rmSync(folder, { recursive: true, force: true });
});

it('is nobody else’s, and gone when it is removed', async () => {
  const { makeScratch, removeScratch } = await import('../../src/files/scratch.js');
  const [one, other] = [makeScratch(), makeScratch()];
  expect(readdirSync(folder).sort()).toEqual([one, other].map((path) => basename(path)).sort());
  if (process.platform !== 'win32') expect(statSync(one).mode & 0o777).toBe(0o700);
  writeFileSync(join(one, 'weights'), 'x');
  removeScratch(one);
  expect(readdirSync(folder)).toEqual([basename(other)]);
});

it('takes away what the dead have left, and nothing else', async () => {
  const { pid: dead } = spawnSync(process.execPath, ['--version']);
  const own = encodeURIComponent(hostHere());
  const left = `heatproof-${dead}.1.${own}+a`;
  const living = `${claimOf(process.ppid, 'heatproof-').file}+b`;
  const elsewhere = ['elsewhere', `${own}~4026532000`].map((host) => `heatproof-${dead}.1.${host}+c`);
  const kept = [living, ...elsewhere, `heatproof-${dead}+d`, 'heatproof-own', 'other'];
  for (const name of [left, ...kept]) mkdirSync(join(folder, name));
  writeFileSync(join(folder, left, 'weights'), 'x');
  writeFileSync(join(folder, `heatproof-${dead}.1.${own}+file`), '');
  const { makeScratch } = await import('../../src/files/scratch.js');
  const made = basename(makeScratch());
  expect(readdirSync(folder).sort()).toEqual([...kept, `heatproof-${dead}.1.${own}+file`, made].sort());
});

const UNSHARE = ['unshare', '--user', '--map-root-user', '--fork', '--pid', '--mount-proc', '--'] as const;
const hasSpaces = spawnSync(UNSHARE[0], [...UNSHARE.slice(1), 'true']).status === 0;

it.skipIf(!hasSpaces)(
  `leaves what belongs to a process that it cannot see, of another container${hasSpaces ? '' : ' (skipped: needs namespaces)'}`,
  async () => {
    const { makeScratch } = await import('../../src/files/scratch.js');
    const own = makeScratch();
    const make = `import { makeScratch } from '${resolve('dist/files/scratch.js')}'; makeScratch();`;
    const node = [process.execPath, '--input-type=module', '--eval', make];
    expect(spawnSync(UNSHARE[0], [...UNSHARE.slice(1), ...node]).status).toBe(0);
    expect(readdirSync(folder)).toHaveLength(2);
    expect(readdirSync(folder)).toContain(basename(own));
  },
);

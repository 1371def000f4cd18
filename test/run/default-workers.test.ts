import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { defaultWorkers, processorQuota } from '../../src/run/default-workers.js';

describe('the quota of a control group', () => {
  const root = mkdtempSync(join(tmpdir(), 'heatproof-cgroup-'));
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function place(files: Readonly<Record<string, string>>): string {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return root;
  }

  it.each([
    ['none', {}, Number.POSITIVE_INFINITY],
    ['max', { 'sys/fs/cgroup/cpu.max': 'max 100000\n' }, Number.POSITIVE_INFINITY],
    ['of a container', { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/cpu.max': '150000 100000\n' }, 1.5],
    [
      'of a group around its own',
      {
        'proc/self/cgroup': '0::/slurm/job/step\n',
        'sys/fs/cgroup/slurm/cpu.max': '400000 100000\n',
        'sys/fs/cgroup/slurm/job/cpu.max': '300000 100000\n',
        'sys/fs/cgroup/slurm/job/step/cpu.max': 'max 100000\n',
      },
      3,
    ],
    [
      'of the first version',
      { 'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '200000\n', 'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n' },
      2,
    ],
    ['none of the first version', { 'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n' }, Number.POSITIVE_INFINITY],
  ])('%s', (_, files, quota) => {
    expect(processorQuota(place(files))).toBe(quota);
  });

  it('bounds the workers, of which there is always one', () => {
    expect(defaultWorkers(place({ 'sys/fs/cgroup/cpu.max': '10000 100000\n' }))).toBe(1);
  });
});

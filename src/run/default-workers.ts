import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { dirname, join } from 'node:path';

/** Bytes that a worker thread takes with a network of GoogLeNet's size, about. Larger networks need --workers. */
const MEMORY = 512 * 2 ** 20;

/**
 * How many worker threads this process may keep busy: one for every core that the scheduler and the control group leave it
 * (Node.js 20 does not know the quota of a container), fewer where its memory is short of half a gigabyte a thread.
 *
 * @param root the file system's, for tests
 */
export function defaultWorkers(root = '/'): number {
  const cores = Math.min(availableParallelism(), Math.ceil(processorQuota(root)));
  // 0 or beyond all memory where nothing limits it.
  const limit = process.constrainedMemory() || Number.POSITIVE_INFINITY;
  const memory = Math.floor(Math.min(limit, totalmem()) / MEMORY);
  return Math.max(1, Math.min(cores, memory));
}

/** Cores that the control group of this process may use; infinite where there is no quota. */
export function processorQuota(root: string): number {
  const folder = join(root, 'sys/fs/cgroup');
  const own = /^0::(.*)$/m.exec(read(join(root, 'proc/self/cgroup')))?.[1] ?? '/';
  const quotas = [versionOne(join(folder, 'cpu'))];
  // A group is bound by those around it, too.
  for (let group = own; ; group = dirname(group)) {
    quotas.push(versionTwo(join(folder, group)));
    if (group === dirname(group)) return Math.min(...quotas);
  }
}

function versionTwo(group: string): number {
  const [quota, period] = read(join(group, 'cpu.max')).trim().split(' ').map(Number);
  return cores(quota, period);
}

function versionOne(group: string): number {
  return cores(Number(read(join(group, 'cpu.cfs_quota_us'))), Number(read(join(group, 'cpu.cfs_period_us'))));
}

function cores(quota = 0, period = 0): number {
  return quota > 0 && period > 0 ? quota / period : Number.POSITIVE_INFINITY;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

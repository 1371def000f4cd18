import { fork } from 'node:child_process';
import type { Workload } from './workload.js';

const JOB = new URL('./memory-job.js', import.meta.url);

/** The most memory that a process held at any time, in megabytes (2^20 bytes). */
export interface PeakMemory {
  /** Physical memory: a page that is mapped several times counts once. Where the system does not tell, the same as `residentMB`. */
  readonly physicalMB: number;
  /** As the system counts it for the process (maximum resident set size). */
  readonly residentMB: number;
}

/** Runs a workload with two workers in a process of its own, and returns the most memory that this took. */
export function measureMemory({ experiment, out }: Workload): Promise<PeakMemory> {
  return new Promise((resolve, reject) => {
    const child = fork(JOB, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    child.once('message', (peak: PeakMemory) => resolve(peak));
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      reject(new Error(`the process whose memory is measured ended early (${signal ?? `exit ${code}`})`)),
    );
    child.send({ experiment, out });
  });
}

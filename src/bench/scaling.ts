import { Piscina } from 'piscina';
import type { Task } from '../evaluation/unit.js';
import { WORKER_LIMITS } from '../run/pool.js';
import type { Fault, Job, JobResult } from '../run/worker.js';
import { interleave, medianRatio } from './clock.js';
import { planWorkload, type Workload } from './workload.js';

const WORKER = new URL('../run/worker.js', import.meta.url);

/**
 * How many times more images two workers finish than one, by time on the wall: the workers of a run, doing what they do in
 * a run. One pool of two does both; where only one works, the other waits. All do the same image, since images differ in
 * cost.
 */
export async function measureScaling(workload: Workload, repeats: number): Promise<number> {
  const { plan, tasks } = await planWorkload(workload);
  const pool = new Piscina({
    filename: WORKER.href,
    workerData: plan,
    minThreads: 2,
    maxThreads: 2,
    concurrentTasksPerWorker: 1,
    idleTimeout: Number.POSITIVE_INFINITY,
    resourceLimits: WORKER_LIMITS,
  });
  const job: Job = { kind: 'evaluate', task: tasks[0] as Task };
  const work = async () => {
    const result = (await pool.run(job)) as JobResult | Fault;
    if (result.kind === 'fault') throw new Error(result.reason);
  };
  try {
    const { alone, together } = await interleave(
      {
        alone: wallTime(work),
        together: wallTime(() => Promise.all([work(), work()])),
      },
      repeats,
    );
    return 2 * medianRatio(alone, together);
  } finally {
    await pool.destroy();
  }
}

function wallTime(work: () => Promise<unknown>) {
  return async () => {
    const start = performance.now();
    await work();
    return (performance.now() - start) / 1000;
  };
}

import type { Evaluate } from '../evaluation/job.js';
import { startThreads } from '../run/pool.js';
import { resultOf, WORKER } from '../run/threads.js';
import { interleave, medianRatio } from './clock.js';
import { planWorkload, type Workload } from './workload.js';

/**
 * How many times more images two workers finish than one, by time on the wall: the workers of a run, doing what they do in
 * a run. One pool of two does both; where only one works, the other waits. All do the same image, since images differ in
 * cost.
 */
export async function measureScaling(workload: Workload, repeats: number): Promise<number> {
  const { plan, jobs } = await planWorkload(workload);
  const pool = startThreads({ worker: WORKER, workers: 2, workerData: plan }, 1);
  const work = async () => resultOf<Evaluate>(await pool.run(jobs[0]));
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

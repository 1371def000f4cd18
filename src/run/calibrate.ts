import type { Evaluate } from '../evaluation/job.js';
import type { Plan } from '../evaluation/plan.js';
import type { LineFile } from '../files/line-file.js';
import { calibrationLines } from '../results/timings.js';
import { employ } from './threads.js';

/**
 * By network of these jobs: how many inputs it is given at a time. One after the other on a single worker, so that nothing
 * else takes processor time; what was measured is written down.
 */
export async function calibrateBatches(
  evaluations: readonly Evaluate[],
  plan: Plan,
  signal: AbortSignal,
  timings: LineFile | undefined,
): Promise<(number | undefined)[]> {
  const batches: (number | undefined)[] = [];
  const networks = new Set(evaluations.map(({ network }) => network));
  const jobs = [...networks].map((network) => ({ kind: 'calibrate', network }) as const);
  for await (const outcome of employ(plan, 1).run(jobs, signal)) {
    // A worker that dies of it leaves the default; whether the network can be run at all, its units say.
    if ('error' in outcome) continue;
    const { job, result } = outcome;
    batches[job.network] = result.batch;
    const name = plan.models[job.network]?.name ?? '';
    await timings?.append(...calibrationLines(name, result));
  }
  return batches;
}

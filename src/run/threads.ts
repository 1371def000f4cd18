import { InputError, isSystemError } from '../errors.js';
import type { Job, ResultOf } from '../evaluation/job.js';
import type { Plan } from '../evaluation/plan.js';
import { makeScratch, removeScratch } from '../files/scratch.js';
import { runPool } from './pool.js';
import { onUnchangedData } from './unchanged.js';
import type { Answer } from './worker.js';
import type { Outcome, Workers } from './workers.js';

/** The module of a worker thread: its worker data is the plan, its tasks are jobs, and its results {@link Answer}s. */
export const WORKER = new URL('./worker.js', import.meta.url);

/** Workers that are threads of this process, so many of them. They live as long as they have jobs. */
function threads(plan: Plan, count: number): Workers {
  return {
    async *run<J extends Job>(
      jobs: readonly J[] | AsyncIterable<J>,
      signal: AbortSignal,
    ): AsyncGenerator<Outcome<J, ResultOf<J>>> {
      const workers = 'length' in jobs ? Math.min(count, jobs.length) : count;
      if (workers === 0) return;
      const folder = workers > 1 ? folderForWeights() : undefined;
      const common = folder === undefined ? {} : { threads: { count: workers, folder } };
      const pool = { worker: WORKER, workers, workerData: { ...plan, ...common } };
      try {
        for await (const outcome of runPool<J, Answer<J>>(jobs, pool, signal)) {
          if ('error' in outcome) yield outcome;
          else yield { job: outcome.job, result: resultOf(outcome.result) };
        }
      } finally {
        if (folder !== undefined) removeScratch(folder);
      }
    },
  };
}

/** Undefined where there is none for temporary files: weights are then in memory once a session. */
function folderForWeights(): string | undefined {
  try {
    return makeScratch();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return undefined;
  }
}

/** Threads that notice when the data set vanishes. */
export function employ(plan: Plan, count: number): Workers {
  return onUnchangedData(threads(plan, count), plan);
}

/** @throws InputError for a fault */
export function resultOf<J extends Job>(answer: Answer<J>): ResultOf<J> {
  if ('fault' in answer) throw new InputError(answer.fault);
  return answer.result;
}

import type { Job, ResultOf } from '../evaluation/job.js';

/** What became of a job: its result, or why its worker could not do it. */
export type Outcome<J, R> =
  | { readonly job: J; readonly result: R }
  | { readonly job: J; readonly error: string };

/**
 * Whoever does the jobs of a plan in this process: its threads, or anything else that keeps to this.
 *
 * Jobs start in their order and end in any. What is the matter with one sample is part of its result; a job whose worker
 * dies or fails is tried once more, alone, before its outcome is an `error`; all other jobs are done all the same.
 */
export interface Workers {
  /**
   * Does jobs and yields what became of each, once, as it ends. Aborting the signal ends it early: jobs in hand are finished
   * and yielded, no new one starts. Jobs may still be coming while others are done; they must end when the signal is aborted.
   *
   * @throws InputError when no job can be done (full disk, an experiment that does not fit its network)
   */
  run<J extends Job>(
    jobs: readonly J[] | AsyncIterable<J>,
    signal: AbortSignal,
  ): AsyncIterable<Outcome<J, ResultOf<J>>>;
}

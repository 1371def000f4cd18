import { calledOf } from '../datasets/kinds.js';
import type { Evaluate, Evaluated } from '../evaluation/job.js';
import type { Plan } from '../evaluation/plan.js';
import type { RunRecord } from '../experiment/definition.js';
import type { LineFile } from '../files/line-file.js';
import type { ResultsDirectory } from '../results/directory.js';
import { calibrateBatches } from './calibrate.js';
import { employ } from './threads.js';
import type { Watch } from './watch.js';
import type { Outcome } from './workers.js';

/** A run whose plan stands. */
export interface Site {
  readonly plan: Plan;
  readonly record: RunRecord;
  readonly directory: ResultsDirectory;
  readonly timings: LineFile;
  /** Threads of this process. */
  readonly workers: number;
  readonly watch: Watch;
  /** How many units the journal holds, and how many it will in the end. */
  readonly done: number;
  readonly total: number;
}

/**
 * Whoever evaluates the units of a run: threads of this process, or machines at a queue. Yields what became of each job, once,
 * in the groups in which they end; when the next group is asked for, the one before is on disk. Aborting the signal ends it
 * early.
 *
 * @throws InputError when no job can be done
 */
export type Evaluators = (
  jobs: readonly Evaluate[],
  site: Site,
  signal: AbortSignal,
) => AsyncIterable<readonly Outcome<Evaluate, Evaluated>[]>;

/** Threads of this process, each network at the batch that is best for it here. */
export const ownThreads: Evaluators = async function* (jobs, site, signal) {
  const { plan, workers, watch } = site;
  if (jobs.length === 0) return;
  watch.onStep('measuring how many inputs are best computed at a time');
  const batches = await calibrateBatches(jobs, plan, watch.signal, site.timings);
  watch.onStep(`evaluating the first ${calledOf(plan.experiment.dataset.type).samples}`);
  for await (const outcome of employ({ ...plan, batches }, workers).run(jobs, signal)) yield [outcome];
};

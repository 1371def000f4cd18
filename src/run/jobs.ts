import { existsSync } from 'node:fs';
import { openDataset } from '../datasets/open.js';
import { InputError, messageOf } from '../errors.js';
import type { Plan } from '../evaluation/evaluator.js';
import { type Outcome, runPool } from './pool.js';
import type { Fault, Job, JobResult } from './worker.js';

/** What workers are handed: the plan, on how many threads, and the hash of the data set when it was opened. */
export interface Work {
  readonly plan: Plan;
  readonly workers: number;
  readonly datasetHash: string;
}

/** What became of a job: its result, or why its worker could not do it. */
export type JobOutcome = Outcome<Job, JobResult>;

const WORKER = new URL('./worker.js', import.meta.url);

/**
 * Has workers do jobs, and yields what became of each. What is the matter with one image is part of its result; what is
 * the matter with all of them ends the run.
 *
 * @throws InputError when the machine refuses a worker something (full disk), or the data set vanishes or changes
 */
export async function* runJobs(
  jobs: readonly Job[],
  { plan, workers, datasetHash }: Work,
  signal: AbortSignal,
): AsyncGenerator<JobOutcome> {
  const pool = { worker: WORKER, workers, workerData: plan };
  for await (const outcome of runPool<Job, JobResult | Fault>(jobs, pool, signal)) {
    if ('error' in outcome) {
      yield outcome;
      continue;
    }
    const { task, result } = outcome;
    if (result.kind === 'fault') throw new InputError(result.reason);
    if (isUnreadable(result) && hasLostFile(task, plan)) await checkUnchanged(plan, datasetHash);
    yield { task, result };
  }
}

function isUnreadable(result: JobResult): boolean {
  if (result.kind === 'evaluate') return result.unit.status === 'failed';
  return result.kind === 'classify' && typeof result.verdict === 'string';
}

/** Whether a file of the image, which was there when the data set was opened, is gone. */
function hasLostFile({ task }: Job, { samples }: Plan): boolean {
  const { path = '', annotation } = samples[task.sample] ?? {};
  return !existsSync(path) || (annotation !== undefined && !existsSync(annotation));
}

async function checkUnchanged({ experiment: { dataset } }: Plan, hash: string): Promise<void> {
  let now: string;
  try {
    now = (await openDataset(dataset)).hash;
  } catch (error) {
    throw new InputError(`the data set has vanished: ${messageOf(error)}`);
  }
  if (now !== hash) throw new InputError(`data set (${dataset.root}): files have vanished since the start`);
}

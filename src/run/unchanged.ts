import { existsSync } from 'node:fs';
import { openDataset } from '../datasets/open.js';
import { InputError, messageOf } from '../errors.js';
import type { Evaluated, Job, ResultOf } from '../evaluation/job.js';
import type { OpenExperiment } from '../experiment/open.js';
import type { Outcome, Workers } from './workers.js';

/**
 * The same workers, but a run whose data set vanishes or loses files ends, instead of listing image by image as unreadable.
 *
 * @throws InputError that says so
 */
export function onUnchangedData(workers: Workers, open: OpenExperiment): Workers {
  return {
    async *run<J extends Job>(
      jobs: readonly J[] | AsyncIterable<J>,
      signal: AbortSignal,
    ): AsyncGenerator<Outcome<J, ResultOf<J>>> {
      for await (const outcome of workers.run(jobs, signal)) {
        if (isUnreadable(outcome) && hasLostFile(outcome.job, open)) await checkUnchanged(open);
        yield outcome;
      }
    },
  };
}

function isUnreadable(outcome: Outcome<Job, unknown>): boolean {
  if ('error' in outcome) return false;
  const { job, result } = outcome;
  if (job.kind === 'evaluate') return (result as Evaluated).unit.status === 'failed';
  return job.kind === 'classify' && typeof result === 'string';
}

/** Whether a file of the sample, which was there when the data set was opened, is gone. */
function hasLostFile(job: Job, { dataset: { samples } }: OpenExperiment): boolean {
  if (job.kind === 'calibrate') return false;
  const { path = '', annotation } = samples[job.sample] ?? {};
  return !existsSync(path) || (annotation !== undefined && !existsSync(annotation));
}

async function checkUnchanged({ experiment, dataset: { root, hash } }: OpenExperiment): Promise<void> {
  let now: string;
  try {
    now = (await openDataset(experiment.dataset)).hash;
  } catch (error) {
    throw new InputError(`the data set has vanished: ${messageOf(error)}`);
  }
  if (now !== hash) throw new InputError(`data set (${root}): files have vanished since the start`);
}

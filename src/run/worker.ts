import { Piscina } from 'piscina';
import sharp from 'sharp';
import { InputError, isSystemError, messageOf } from '../errors.js';
import { UnitEvaluator } from '../evaluation/evaluator.js';
import type { Job, JobOf, JobResults, ResultOf } from '../evaluation/job.js';
import type { Plan } from '../evaluation/plan.js';

/**
 * What a thread says of a job: its result, or a fault for which neither it nor any other job can be done (the disk is full,
 * the experiment does not fit the network).
 */
export type Answer<J extends Job> = { readonly result: ResultOf<J> } | { readonly fault: string };

// Parallelism is one worker a core: threads of sharp's own would fight with other workers' sessions.
sharp.concurrency(1);
// Every image is decoded once.
sharp.cache(false);

const plan = Piscina.workerData as Plan;
const evaluator = new UnitEvaluator(plan);

/** How each kind of job is done. Its image is decoded while the job before computes. */
const WORK: { readonly [Kind in Job['kind']]: (job: JobOf<Kind>) => Promise<JobResults[Kind]> } = {
  calibrate: (job) => inTurn(() => evaluator.calibrate(job)),

  classify(job) {
    const prepared = prepare(job);
    return inTurn(async () => {
      await evaluator.load(job);
      return evaluator.isCorrect(job, prepared);
    });
  },

  evaluate(job) {
    const prepared = prepare(job);
    return inTurn(async () => {
      await evaluator.load(job);
      const started = performance.now();
      const unit = await evaluator.evaluate(job, prepared);
      return { unit, seconds: (performance.now() - started) / 1000 };
    });
  },
};

/** Does one job. */
export default async function doJob(job: Job): Promise<Answer<Job>> {
  try {
    const work = WORK[job.kind] as (job: Job) => Promise<ResultOf<Job>>;
    return { result: await work(job) };
  } catch (error) {
    if (error instanceof InputError) return { fault: messageOf(error) };
    if (isSystemError(error)) return { fault: `heatmaps (${plan.heatmaps}): ${messageOf(error)}` };
    throw error;
  }
}

function prepare(job: Parameters<UnitEvaluator['prepare']>[0]): ReturnType<UnitEvaluator['prepare']> {
  const prepared = evaluator.prepare(job);
  prepared.catch(() => {}); // The rejection is taken by the job; until its turn nobody may be waiting for it.
  return prepared;
}

let turn: Promise<unknown> = Promise.resolve();

/** Computes when all before have: one job at a time. */
function inTurn<T>(compute: () => Promise<T>): Promise<T> {
  const result = turn.then(compute);
  turn = result.catch(() => {});
  return result;
}

import { Piscina } from 'piscina';
import sharp from 'sharp';
import { openDataset } from '../datasets/open.js';
import { type Plan, UnitEvaluator } from './evaluate.js';
import type { Task, UnitResult } from './unit.js';

/** Something for a worker to do: evaluate a unit, or only say whether the network classifies it correctly. */
export type Job = { readonly kind: 'evaluate' | 'classify'; readonly task: Task };

/** What became of a job, and how long it computed. */
export type JobResult =
  | { readonly kind: 'evaluate'; readonly unit: UnitResult; readonly seconds: number }
  | { readonly kind: 'classify'; readonly verdict: boolean | string };

// Parallelism is one worker a core: threads of sharp's own would fight with other workers' sessions.
sharp.concurrency(1);

const plan = Piscina.workerData as Plan;
const evaluator = openDataset(plan.experiment.dataset).then((dataset) => new UnitEvaluator(plan, dataset));
let turn: Promise<unknown> = Promise.resolve();

/** Does one job. Its image is decoded while the job before computes; computing itself is one job at a time. */
export default async function work({ kind, task }: Job): Promise<JobResult> {
  const units = await evaluator;
  const prepared = units.prepare(task);
  prepared.catch(() => {}); // The rejection is taken below; until then nobody may be waiting for it.
  const result = turn.then(async (): Promise<JobResult> => {
    if (kind === 'classify') return { kind, verdict: await units.isCorrect(task, prepared) };
    const started = performance.now();
    const unit = await units.evaluate(task, prepared);
    return { kind, unit, seconds: (performance.now() - started) / 1000 };
  });
  turn = result.catch(() => {});
  return result;
}

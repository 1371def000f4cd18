import { Piscina } from 'piscina';
import sharp from 'sharp';
import { openDataset } from '../datasets/open.js';
import { InputError, isSystemError, messageOf } from '../errors.js';
import type { Calibration } from '../evaluation/calibration.js';
import { type Plan, UnitEvaluator } from '../evaluation/evaluator.js';
import type { Task, UnitResult } from '../evaluation/unit.js';

/**
 * Something for a worker to do: evaluate a unit, or only say whether the network classifies it correctly, or how fast the
 * unit's network is by batch.
 */
export type Job = { readonly kind: JobResult['kind']; readonly task: Task };

export type JobResult = Evaluated | Classified | Calibrated;

/** A unit, and how long it took. */
export interface Evaluated {
  readonly kind: 'evaluate';
  readonly unit: UnitResult;
  readonly seconds: number;
}

/** Whether the network is right about an image; for a broken image, what is wrong with it. */
export interface Classified {
  readonly kind: 'classify';
  readonly verdict: boolean | string;
}

/** How fast a network is by batch. */
export interface Calibrated {
  readonly kind: 'calibrate';
  readonly calibration: Calibration;
}

/** The job cannot be done, and neither can the others: the disk is full, or the experiment does not fit the network. */
export interface Fault {
  readonly kind: 'fault';
  readonly reason: string;
}

// Parallelism is one worker a core: threads of sharp's own would fight with other workers' sessions.
sharp.concurrency(1);
// Every image is decoded once.
sharp.cache(false);

const plan = Piscina.workerData as Plan;
const evaluator = openDataset(plan.experiment.dataset).then((dataset) => new UnitEvaluator(plan, dataset));
evaluator.catch(() => {}); // The jobs tell of it.
let turn: Promise<unknown> = Promise.resolve();

/** Does one job. Its image is decoded while the job before computes; computing itself is one job at a time. */
export default async function work({ kind, task }: Job): Promise<JobResult | Fault> {
  try {
    const units = await evaluator;
    if (kind === 'calibrate') return { kind, calibration: await units.calibrate(task) };
    const prepared = units.prepare(task);
    prepared.catch(() => {}); // The rejection is taken below; until then nobody may be waiting for it.
    const result = turn.then(async (): Promise<JobResult> => {
      await units.load(task);
      if (kind === 'classify') return { kind, verdict: await units.isCorrect(task, prepared) };
      const started = performance.now();
      const unit = await units.evaluate(task, prepared);
      return { kind, unit, seconds: (performance.now() - started) / 1000 };
    });
    turn = result.catch(() => {});
    return await result;
  } catch (error) {
    if (error instanceof InputError) return { kind: 'fault', reason: messageOf(error) };
    if (isSystemError(error))
      return { kind: 'fault', reason: `heatmaps (${plan.heatmaps}): ${messageOf(error)}` };
    throw error;
  }
}

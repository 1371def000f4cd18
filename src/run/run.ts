import { appendFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { isDirectory } from '../datasets/layout.js';
import { openDataset } from '../datasets/open.js';
import { InputError } from '../errors.js';
import { checkExperiment } from './check.js';
import type { Experiment } from './config.js';
import { runRecord } from './definition.js';
import { ResultsDirectory } from './directory.js';
import type { Plan } from './evaluate.js';
import { indexJournal, Journal } from './journal.js';
import { lockDirectory } from './lock.js';
import { meanInputs } from './mean-input.js';
import { loadModel } from './model.js';
import { type Outcome, type PoolOptions, runPool } from './pool.js';
import { writeResults } from './results.js';
import { selectSamples } from './selection.js';
import { shareNetwork } from './shared-memory.js';
import type { Summary } from './summary.js';
import { planTasks, type Shard, takeShard } from './tasks.js';
import type { Task, UnitResult } from './unit.js';
import type { Job, JobResult } from './worker.js';

export interface RunOptions {
  /** Results directory. */
  readonly out: string;
  /** `fresh` needs an empty directory, `overwrite` empties it, `resume` goes on with what is there. */
  readonly mode: 'fresh' | 'overwrite' | 'resume';
  /** Worker threads; default: one a core. */
  readonly workers?: number;
  /** Runs only a part of the units; `merge` puts the parts together. */
  readonly shard?: Shard;
  /** Aborting it ends the run after the units in hand. */
  readonly signal?: AbortSignal;
  /** Called with how many units there are and how many are done, at the start and after every unit. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** `summary` is absent when the run was interrupted or is a shard. */
export interface RunOutcome {
  readonly done: number;
  readonly total: number;
  readonly summary?: Summary;
}

const WORKER = new URL('./worker.js', import.meta.url);

/**
 * Runs an experiment, or what is left of it, and writes its results.
 *
 * @throws InputError for anything wrong with the experiment, its files or the results directory
 */
export async function runExperiment(experiment: Experiment, options: RunOptions): Promise<RunOutcome> {
  const {
    out,
    mode,
    shard,
    signal = new AbortController().signal,
    workers = availableParallelism(),
  } = options;
  const dataset = await openDataset(experiment.dataset);
  const models = await Promise.all(experiment.networks.map(loadModel));
  checkExperiment(experiment, models, dataset);
  const directory = new ResultsDirectory(out);
  await directory.create();
  const lock = await lockDirectory(out);
  try {
    await directory.prepare(mode, runRecord(experiment, models, dataset, shard));
    const plan: Plan = {
      experiment,
      models: models.map((model) => ({ ...model, network: shareNetwork(model.network) })),
      samples: dataset.samples,
      meanInputs: await meanInputs(experiment, models, dataset.samples),
      heatmaps: directory.heatmaps,
    };
    const pool: PoolOptions = { worker: WORKER, workers, workerData: plan };
    const selection = await selectSamples(directory, dataset, experiment.dataset, pool, signal);
    if (!selection) return { done: 0, total: 0 };
    const tasks = planTasks(experiment, models, dataset.samples, selection.images);
    const mine = takeShard(tasks, shard);
    const done = await runTasks(mine, directory, plan, pool, options);
    if (done < mine.length || shard) return { done, total: mine.length };
    const summary = await writeResults(directory);
    return { done, total: mine.length, summary };
  } finally {
    await lock.release();
  }
}

/** Does the units that the journal does not hold yet, or only as failed; returns how many it holds in the end. */
async function runTasks(
  tasks: readonly Task[],
  directory: ResultsDirectory,
  plan: Plan,
  pool: PoolOptions,
  { signal = new AbortController().signal, onProgress = () => {} }: RunOptions,
): Promise<number> {
  const { lines } = await indexJournal(directory.journal);
  const left = tasks.filter(({ key }) => (lines.get(key)?.status ?? 'failed') === 'failed');
  let done = tasks.length - left.length;
  onProgress(done, tasks.length);
  if (left.length === 0) return done;
  const journal = await Journal.open(directory.journal);
  try {
    const jobs = left.map((task): Job => ({ kind: 'evaluate', task }));
    for await (const outcome of runPool<Job, JobResult>(jobs, pool, signal)) {
      const { unit, seconds } = unitOf(outcome, plan);
      const { root } = plan.experiment.dataset;
      if (unit.status === 'failed' && !isDirectory(root)) {
        throw new InputError(
          `data set (${root}): the folder has vanished; ${done} units are kept, go on with --resume`,
        );
      }
      await journal.append(unit);
      await appendFile(directory.timings, `${JSON.stringify(unit.key)},${seconds.toFixed(3)}\n`);
      onProgress(++done, tasks.length);
    }
  } finally {
    await journal.close();
  }
  return done;
}

function unitOf(
  outcome: Outcome<Job, JobResult>,
  { models, samples }: Plan,
): { unit: UnitResult; seconds: number } {
  if ('result' in outcome && outcome.result.kind === 'evaluate') return outcome.result;
  const { key, network, sample } = outcome.task.task;
  const head = { key, network: models[network]?.name ?? '', image: samples[sample]?.id ?? '' };
  return {
    unit: { ...head, status: 'failed', reason: 'error' in outcome ? outcome.error : 'no result' },
    seconds: 0,
  };
}

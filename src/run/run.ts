import { availableParallelism } from 'node:os';
import { openDataset } from '../datasets/open.js';
import { InputError, isSystemError, messageOf } from '../errors.js';
import { meanInputs } from '../evaluation/mean-input.js';
import type { Task } from '../evaluation/unit.js';
import { checkExperiment } from '../experiment/check.js';
import type { Experiment } from '../experiment/config.js';
import { runRecord } from '../experiment/definition.js';
import { loadModel } from '../experiment/model.js';
import { type Shard, takeShard } from '../experiment/shard.js';
import { LineFile } from '../files/line-file.js';
import { type Mode, ResultsDirectory } from '../results/directory.js';
import { indexJournal, journalLine } from '../results/journal.js';
import { writeResults } from '../results/results.js';
import type { Summary } from '../results/summary.js';
import { calibrationLines, openTimings, timingLine } from '../results/timings.js';
import { type JobOutcome, runJobs, type Work } from './jobs.js';
import { planTasks } from './plan.js';
import { selectSamples } from './selection.js';
import { shareModel } from './shared-memory.js';
import { UNWATCHED, type Watch } from './watch.js';
import type { Evaluated } from './worker.js';

export interface RunOptions extends Partial<Watch> {
  /** Results directory. */
  readonly out: string;
  readonly mode: Mode;
  /** Worker threads; default: one a core. */
  readonly workers?: number;
  /** Runs only a part of the units; `merge` puts the parts together. */
  readonly shard?: Shard;
}

/** How a run ended: with all its units, or early because its signal was aborted. A shard has no summary. */
export type RunOutcome =
  | { readonly end: 'complete'; readonly units: number; readonly summary?: Summary }
  | { readonly end: 'interrupted'; readonly done: number };

/**
 * Runs an experiment, or what is left of it, and writes its results. Whatever ends it early (an error, a kill), the
 * units that are finished are kept, and mode `resume` goes on from there.
 *
 * @throws InputError for anything wrong with the experiment, its files, the results directory or the machine
 */
export async function runExperiment(experiment: Experiment, options: RunOptions): Promise<RunOutcome> {
  const { out, mode, shard, workers = availableParallelism() } = options;
  const watch = { ...UNWATCHED, ...options };
  const dataset = await openDataset(experiment.dataset);
  const models = (await Promise.all(experiment.networks.map(loadModel))).map(shareModel);
  checkExperiment(experiment, models, dataset);
  const directory = new ResultsDirectory(out);
  await directory.create();
  return directory.use(async () => {
    await directory.prepare(mode, runRecord(experiment, models, dataset, shard));
    try {
      const plan = {
        experiment,
        models,
        samples: dataset.samples,
        meanInputs: await meanInputs(experiment, models, dataset.samples),
        heatmaps: directory.heatmaps,
      };
      const work = { plan, workers, datasetHash: dataset.hash };
      const selection = await selectSamples(directory, dataset, work, watch);
      if (!selection) return { end: 'interrupted', done: 0 };
      const tasks = takeShard(planTasks(experiment, models, dataset.samples, selection.images), shard);
      const done = await evaluateTasks(tasks, directory, work, watch);
      if (done < tasks.length) return { end: 'interrupted', done };
      return { end: 'complete', units: done, ...(!shard && { summary: await writeResults(directory) }) };
    } catch (error) {
      throw await withWhatIsKept(error, directory);
    }
  });
}

/** Does the units that the journal lacks or holds as failed; returns how many it holds in the end. */
async function evaluateTasks(
  tasks: readonly Task[],
  directory: ResultsDirectory,
  work: Work,
  { signal, onProgress, onNote }: Watch,
): Promise<number> {
  const { lines, damaged } = await indexJournal(directory.journal);
  if (damaged > 0) onNote(`damaged lines in ${directory.journal}: ${damaged}; their units are done again`);
  const left = tasks.filter(({ key }) => (lines.get(key)?.status ?? 'failed') === 'failed');
  let done = tasks.length - left.length;
  onProgress('evaluate', done, tasks.length);
  if (left.length === 0) return done;
  const journal = await LineFile.open(directory.journal);
  const timings = await openTimings(directory.timings);
  try {
    const plan = { ...work.plan, batches: await calibrateBatches(left, work, signal, timings) };
    const jobs = left.map((task) => ({ kind: 'evaluate', task }) as const);
    for await (const outcome of runJobs(jobs, { ...work, plan }, signal)) {
      const { unit, seconds } = evaluatedOf(outcome, work);
      await journal.append(journalLine(unit));
      await timings.append(timingLine(unit.key, seconds));
      onProgress('evaluate', ++done, tasks.length);
    }
  } finally {
    await journal.close();
    await timings.close();
  }
  return done;
}

/**
 * By network: how many inputs it is given at a time. One after the other, each on a single worker, so that nothing else
 * takes processor time; what was measured is written down.
 */
async function calibrateBatches(
  tasks: readonly Task[],
  work: Work,
  signal: AbortSignal,
  timings: LineFile,
): Promise<(number | undefined)[]> {
  const batches: (number | undefined)[] = [];
  for (const [network, { name }] of work.plan.models.entries()) {
    const task = tasks.find((one) => one.network === network);
    if (!task) continue;
    for await (const outcome of runJobs([{ kind: 'calibrate', task }], { ...work, workers: 1 }, signal)) {
      // A worker that dies of it leaves the default; whether the network can be run at all, its units say.
      if (!('result' in outcome) || outcome.result.kind !== 'calibrate') continue;
      const { calibration } = outcome.result;
      batches[network] = calibration.batch;
      for (const line of calibrationLines(name, calibration)) await timings.append(line);
    }
  }
  return batches;
}

function evaluatedOf(outcome: JobOutcome, { plan: { models, samples } }: Work): Evaluated {
  if ('result' in outcome) return outcome.result as Evaluated;
  const { key, network, sample } = outcome.task.task;
  const head = { key, network: models[network]?.name ?? '', image: samples[sample]?.id ?? '' };
  return { kind: 'evaluate', unit: { ...head, status: 'failed', reason: outcome.error }, seconds: 0 };
}

/** An error in one line with what is kept of the run; a defect of heatproof stays as it is. */
async function withWhatIsKept(error: unknown, { path, journal }: ResultsDirectory): Promise<unknown> {
  if (!(error instanceof InputError || isSystemError(error))) return error;
  const cause = isSystemError(error) ? `results directory (${path}): ${messageOf(error)}` : messageOf(error);
  const { size } = (await indexJournal(journal)).lines;
  return new InputError(size === 0 ? cause : `${cause}; ${size} units are kept, go on with --resume`);
}

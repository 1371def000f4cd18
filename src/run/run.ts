import { availableParallelism } from 'node:os';
import { ENGINES } from '../engine/engines.js';
import { InputError, isSystemError, messageOf } from '../errors.js';
import type { Evaluate, Evaluated } from '../evaluation/job.js';
import type { Plan } from '../evaluation/plan.js';
import type { Experiment } from '../experiment/config.js';
import { runRecord } from '../experiment/definition.js';
import { notesOf } from '../experiment/notes.js';
import { openExperiment } from '../experiment/open.js';
import { type Shard, takeShard } from '../experiment/shard.js';
import { LineFile } from '../files/line-file.js';
import { type Mode, ResultsDirectory, type Start } from '../results/directory.js';
import { indexJournal, journalLine } from '../results/journal.js';
import { type Written, writeResults } from '../results/results.js';
import { calibrationLines, openTimings, timingLine } from '../results/timings.js';
import { checkNames } from './names.js';
import { evaluateJobs, planRun } from './plan.js';
import { selectSamples } from './selection.js';
import { type StopWatch, stopWatch } from './stop-watch.js';
import { threads } from './threads.js';
import { onUnchangedData } from './unchanged.js';
import { UNWATCHED, type Watch } from './watch.js';
import type { Workers } from './workers.js';

export interface RunOptions extends Partial<Watch> {
  /** Results directory. */
  readonly out: string;
  readonly mode: Mode;
  /** Worker threads; default: one a core. */
  readonly workers?: number;
  /** Runs only a part of the units; `merge` puts the parts together. */
  readonly shard?: Shard;
}

/** How a run ended: with all its units, or early because its signal was aborted. A shard has no results. */
export type RunOutcome =
  | ({ readonly end: 'complete'; readonly units: number } & Partial<Written>)
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
  const names = experiment.networks.map(({ name }) => name);
  watch.onStep(`loading network${names.length > 1 ? 's' : ''} ${names.join(', ')}`);
  await ENGINES[experiment.engine].ready();
  const open = await openExperiment(experiment);
  for (const note of notesOf(open)) watch.onNote(note);
  const directory = new ResultsDirectory(out);
  return directory.make(async () => {
    await checkNames(open, out);
    const start = await directory.prepare(mode, runRecord(open, shard));
    try {
      const plan = await planRun(open, directory.heatmaps);
      const selection = await selectSamples(directory, plan, employ(plan, workers), watch);
      const jobs = selection && takeShard(evaluateJobs(plan, selection.images), shard);
      const stop = selection && !shard ? stopWatch(experiment, selection) : undefined;
      if (shard && experiment.stop) watch.onNote(SHARD_DOES_ALL);
      await stop?.addJournal(directory, 'without failed');
      const done = jobs ? await evaluateUnits(jobs, plan, workers, directory, start, watch, stop) : 0;
      if (jobs && (done === jobs.length || stop?.signal.aborted)) {
        await stop?.endRun(directory);
        await start.begun();
        if (shard) return { end: 'complete', units: done };
        watch.onStep('writing tables, plots and report');
        return { end: 'complete', units: done, ...(await writeResults(directory)) };
      }
      // A fresh run keeps which images were chosen; an earlier one is worth more.
      if (mode === 'overwrite') await start.undo();
      return { end: 'interrupted', done };
    } catch (error) {
      const told = await withWhatIsKept(error, directory);
      await start.undo();
      throw told;
    }
  });
}

const SHARD_DOES_ALL =
  'a shard does not know the others: it does all its images, and merge ends the run where one of all units would have ended';

function employ(plan: Plan, workers: number): Workers {
  return onUnchangedData(threads(plan, workers), plan);
}

/** Does the units that the journal lacks or holds as failed; returns how many it holds in the end. */
async function evaluateUnits(
  jobs: readonly Evaluate[],
  plan: Plan,
  workers: number,
  directory: ResultsDirectory,
  start: Start,
  { signal, onProgress, onStep, onNote }: Watch,
  stop: StopWatch | undefined,
): Promise<number> {
  const { lines, damaged } = await indexJournal(directory.journal);
  if (damaged > 0) onNote(`damaged lines in ${directory.journal}: ${damaged}; their units are done again`);
  const left = jobs.filter(({ key }) => (lines.get(key)?.status ?? 'failed') === 'failed');
  let done = jobs.length - left.length;
  onProgress('evaluate', done, jobs.length);
  if (left.length === 0 || stop?.signal.aborted) return done;
  const ends = stop ? AbortSignal.any([signal, stop.signal]) : signal;
  const journal = await LineFile.open(directory.journal);
  const timings = await openTimings(directory.timings);
  try {
    onStep('measuring how many inputs are best computed at a time');
    const batches = await calibrateBatches(left, plan, signal, timings);
    onProgress('evaluate', done, jobs.length);
    for await (const outcome of employ({ ...plan, batches }, workers).run(left, ends)) {
      const { unit, seconds } = 'error' in outcome ? failed(outcome, plan) : outcome.result;
      await journal.append(journalLine(unit));
      await start.begun();
      await timings.append(timingLine(unit.key, seconds));
      stop?.add(unit);
      onProgress('evaluate', ++done, jobs.length);
    }
  } finally {
    await journal.close();
    await timings.close();
  }
  return done;
}

/**
 * By network: how many inputs it is given at a time. One after the other on a single worker, so that nothing else takes
 * processor time; what was measured is written down.
 */
async function calibrateBatches(
  left: readonly Evaluate[],
  plan: Plan,
  signal: AbortSignal,
  timings: LineFile,
): Promise<(number | undefined)[]> {
  const batches: (number | undefined)[] = [];
  const networks = new Set(left.map(({ network }) => network));
  const jobs = [...networks].map((network) => ({ kind: 'calibrate', network }) as const);
  for await (const outcome of employ(plan, 1).run(jobs, signal)) {
    // A worker that dies of it leaves the default; whether the network can be run at all, its units say.
    if ('error' in outcome) continue;
    const { job, result } = outcome;
    batches[job.network] = result.batch;
    const name = plan.models[job.network]?.name ?? '';
    for (const line of calibrationLines(name, result)) await timings.append(line);
  }
  return batches;
}

/** The unit of a job that its worker could not do. */
function failed(
  { job: { key, network, sample }, error }: { job: Evaluate; error: string },
  { models, dataset }: Plan,
): Evaluated {
  const head = { key, network: models[network]?.name ?? '', image: dataset.samples[sample]?.id ?? '' };
  return { unit: { ...head, status: 'failed', reason: error }, seconds: 0 };
}

/** An error in one line with what is kept of the run; a defect of heatproof stays as it is. */
async function withWhatIsKept(error: unknown, { path, journal }: ResultsDirectory): Promise<unknown> {
  if (!(error instanceof InputError || isSystemError(error))) return error;
  const cause = isSystemError(error) ? `results directory (${path}): ${messageOf(error)}` : messageOf(error);
  const { size } = (await indexJournal(journal)).lines;
  return new InputError(size === 0 ? cause : `${cause}; ${size} units are kept, go on with --resume`);
}

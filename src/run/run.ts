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
import { openTimings, timingLine } from '../results/timings.js';
import { defaultWorkers } from './default-workers.js';
import { type Evaluators, ownThreads, type Site } from './evaluators.js';
import { checkNames } from './names.js';
import { evaluateJobs, planRun } from './plan.js';
import { selectSamples } from './selection.js';
import { type StopWatch, stopWatch } from './stop-watch.js';
import { employ } from './threads.js';
import { UNWATCHED, type Watch } from './watch.js';

export interface RunOptions extends Partial<Watch> {
  /** Results directory. */
  readonly out: string;
  readonly mode: Mode;
  /** Worker threads; default: one a core. */
  readonly workers?: number;
  /** Runs only a part of the units; `merge` puts the parts together. */
  readonly shard?: Shard;
  /** Who evaluates the units; default: threads of this process. */
  readonly evaluators?: Evaluators;
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
  const { out, mode, shard, workers = defaultWorkers(), evaluators = ownThreads } = options;
  const watch = { ...UNWATCHED, ...options };
  const names = experiment.networks.map(({ name }) => name);
  watch.onStep(`loading network${names.length > 1 ? 's' : ''} ${names.join(', ')}`);
  await ENGINES[experiment.engine].ready();
  const open = await openExperiment(experiment);
  for (const note of await notesOf(open)) watch.onNote(note);
  const directory = new ResultsDirectory(out);
  return directory.make(async () => {
    await checkNames(open, out);
    const record = runRecord(open, shard);
    const start = await directory.prepare(mode, record);
    try {
      const plan = await planRun(open, directory.heatmaps);
      const selection = await selectSamples(directory, plan, employ(plan, workers), watch);
      const jobs = selection && takeShard(evaluateJobs(plan, selection.images), shard);
      const stop = selection && !shard ? stopWatch(experiment, selection) : undefined;
      if (shard && experiment.stop) watch.onNote(SHARD_DOES_ALL);
      await stop?.addJournal(directory, 'without failed');
      const site = { plan, record, directory, workers, watch };
      const done = jobs ? await evaluateUnits(jobs, site, evaluators, start, stop) : 0;
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

/** Does the units that the journal lacks or holds as failed; returns how many it holds in the end. */
export async function evaluateUnits(
  jobs: readonly Evaluate[],
  site: Omit<Site, 'timings' | 'done' | 'total'>,
  evaluators: Evaluators,
  start: Start,
  stop: StopWatch | undefined,
): Promise<number> {
  const { plan, directory, watch } = site;
  const { signal, onProgress, onNote } = watch;
  const { lines, damaged } = await indexJournal(directory.journal);
  if (damaged > 0) onNote(`damaged lines in ${directory.journal}: ${damaged}; their units are done again`);
  const isLeft = ({ key }: Evaluate) => (lines.get(key)?.status ?? 'failed') === 'failed';
  const left = stop?.signal.aborted ? [] : jobs.filter(isLeft);
  let done = jobs.filter((job) => !isLeft(job)).length;
  onProgress('evaluate', done, jobs.length);
  if (left.length === 0) return done;
  const ends = stop ? AbortSignal.any([signal, stop.signal]) : signal;
  const journal = await LineFile.open(directory.journal);
  const timings = await openTimings(directory.timings);
  try {
    const here = { ...site, timings, done, total: jobs.length };
    for await (const outcomes of evaluators(left, here, ends)) {
      const ended = outcomes.map((outcome) => ('error' in outcome ? failed(outcome, plan) : outcome.result));
      await journal.append(...ended.map(({ unit, line = journalLine(unit) }) => line));
      await start.begun();
      await timings.append(...ended.map(({ unit, seconds }) => timingLine(unit.key, seconds)));
      for (const { unit } of ended) stop?.add(unit);
      done += ended.length;
      onProgress('evaluate', done, jobs.length);
    }
  } finally {
    await journal.close();
    await timings.close();
  }
  return done;
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

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ComparedMethod, type Comparison, compareRuns } from '../compare/compare.js';
import { writeComparison } from '../compare/page.js';
import { ENGINES } from '../engine/engines.js';
import { InputError, mismatch } from '../errors.js';
import { checkMethods } from '../evaluation/instruments.js';
import { referenceInputs } from '../evaluation/references.js';
import { openExperiment } from '../experiment/open.js';
import type { Sweep, SweepRun } from '../experiment/sweep.js';
import { type CsvRow, writeCsv } from '../files/csv.js';
import { type FinishedRun, readFinished } from '../results/finished.js';
import { metricCells, metricColumns } from '../results/tables.js';
import { type RunOptions, type RunOutcome, runExperiment } from './run.js';
import type { Watch } from './watch.js';

export interface SweepOptions extends Pick<RunOptions, 'out' | 'mode' | 'workers' | 'signal'> {
  /** How a run is watched. */
  watch?(run: SweepRun): Partial<Watch>;
}

/** How a sweep ended: with all its runs, or early in one of them. */
export type SweepOutcome =
  | { readonly end: 'complete'; readonly comparison: Comparison; readonly incomplete: readonly Incomplete[] }
  | { readonly end: 'interrupted'; readonly run: string; readonly done: number };

/** What a run of a sweep could not do. */
export interface Incomplete {
  readonly run: string;
  readonly what: string;
}

/**
 * Does the runs of a sweep one after the other, each in a folder of its own below `out`, and compares them: `sweep.csv` and
 * `comparison.html`. Everything is checked before the first of them; mode `resume` goes on with what is left.
 *
 * @throws InputError for anything wrong with an experiment, its files or the results directories
 */
export async function runSweep({ runs, axes }: Sweep, options: SweepOptions): Promise<SweepOutcome> {
  const { out, mode, watch, ...rest } = options;
  await checkRuns(runs);
  checkDirectories(runs, options);
  const incomplete: Incomplete[] = [];
  const finished: FinishedRun[] = [];
  for (const run of runs) {
    const path = join(out, run.name);
    const outcome = await runExperiment(run.experiment, { ...rest, mode, ...watch?.(run), out: path });
    if (outcome.end === 'interrupted') return { end: 'interrupted', run: run.name, done: outcome.done };
    incomplete.push(...missingOf(outcome).map((what) => ({ run: run.name, what })));
    finished.push(await readFinished(path));
  }
  const comparison = compareRuns(finished);
  await writeCsv(join(out, 'sweep.csv'), columnsOf(axes, comparison), rowsOf(runs, comparison));
  await writeComparison(join(out, 'comparison.html'), comparison);
  return { end: 'complete', comparison, incomplete };
}

/** What a run that has ended lacks, a line each. */
function missingOf({ summary, undrawn = [] }: Extract<RunOutcome, { end: 'complete' }>): string[] {
  const failed = summary?.images.failed.length ?? 0;
  return [
    ...(failed > 0 ? [`${failed} failed, listed in its summary.json`] : []),
    ...undrawn.map(({ files, reason }) => `not drawn: ${files.join(', ')} (${reason})`),
  ];
}

/** Opens every experiment and compiles its methods: what one of them cannot do ends the sweep before it has begun. Returns their images. */
export async function checkRuns(runs: readonly SweepRun[]): Promise<number[]> {
  const images: number[] = [];
  for (const { name, experiment } of runs) {
    try {
      await ENGINES[experiment.engine].ready();
      const open = await openExperiment(experiment);
      const plan = { ...open, references: await referenceInputs(open) };
      for (const network of open.models.keys()) await checkMethods(plan, network);
      images.push(open.dataset.samples.length);
    } catch (error) {
      throw error instanceof InputError && name !== '' ? new InputError(`${name}: ${error.message}`) : error;
    }
  }
  return images;
}

/** @throws InputError where a directory is not as the mode needs it: before the first run, not in the middle */
function checkDirectories(runs: readonly SweepRun[], { out, mode }: SweepOptions): void {
  const refused = (where: string, got: string) =>
    mismatch({ what: 'results directory', where, expected: 'an empty one, or one of a sweep', got });
  if (existsSync(join(out, 'run.json'))) throw refused(out, 'that of a single run');
  if (mode !== 'fresh') return;
  for (const { name } of runs) {
    const path = join(out, name);
    if (existsSync(path) && readdirSync(path).length > 0)
      throw refused(path, 'a run (go on with it by --resume, replace it by --overwrite)');
  }
}

/** A column an axis, then what was run, then those of every metric. */
function columnsOf(axes: Sweep['axes'], { metrics }: Comparison): string[] {
  const measured = metrics.flatMap(({ metric }) => metricColumns(metric));
  return ['run', ...axes.map(({ key }) => key), 'network', 'method', ...measured];
}

/** A row a run, network and method. */
function* rowsOf(runs: readonly SweepRun[], { metrics }: Comparison): Generator<CsvRow<string>> {
  const keyOf = ({ method, network }: ComparedMethod) => JSON.stringify([method, network]);
  const methods = new Map(metrics.flatMap((one) => one.methods.map((own) => [keyOf(own), own] as const)));
  for (const [i, { name, settings, experiment }] of runs.entries()) {
    const swept = settings.map(({ key, value }) => [key, typeof value === 'number' ? value : textOf(value)]);
    for (const [key, { method, network = experiment.networks[0]?.name }] of methods) {
      const cells = metrics.flatMap(({ metric, methods: own }) => {
        const estimate = own.find((one) => keyOf(one) === key)?.values[i];
        return estimate ? [metricCells(metric, estimate)] : [];
      });
      if (cells.length > 0)
        yield Object.assign({ run: name, network, method, ...Object.fromEntries(swept) }, ...cells);
    }
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

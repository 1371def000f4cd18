import { join, resolve } from 'node:path';
import { calledOf, calledOfAll } from '../datasets/kinds.js';
import { InputError } from '../errors.js';
import type { Shard } from '../experiment/shard.js';
import { loadSweep, type Sweep, type SweepRun } from '../experiment/sweep.js';
import type { Written } from '../results/results.js';
import { runExperiment } from '../run/run.js';
import { checkRuns, runSweep, type SweepOutcome } from '../run/sweep.js';
import type { OptionsOf } from './command.js';
import { comparisonText } from './compare.js';
import { checkCount } from './count.js';
import { EXIT, Exit } from './exit.js';
import { SILENT_END } from './last-words.js';
import type { runCommand } from './options/run.js';
import { print, say } from './output.js';
import { resumeCommand } from './resume-command.js';
import { printSummary } from './summary.js';
import { formatTable } from './table.js';
import { watched } from './watched.js';

type Options = OptionsOf<typeof runCommand>;

export async function run(options: Options): Promise<void> {
  const { config, out, workers, limit, shard, queue, check, resume, overwrite, quiet, json } = options;
  const { lease, mixedMachines: mixed } = options;
  checkCount('--workers', workers);
  checkCount('--lease', lease);
  if (limit !== undefined) checkCount('--limit', limit);
  if (resume && overwrite) throw new InputError('--resume and --overwrite exclude each other');
  const part = shard === undefined ? undefined : parseShard(shard);
  const sweep = await loadSweep(resolve(config), settingsOf(options));
  const [{ experiment }] = sweep.runs as [SweepRun];
  const single = sweep.axes.length === 0;
  if (part && queue !== undefined) throw new InputError('--shard and --queue exclude each other');
  for (const [option, value] of Object.entries({ shard, queue }))
    if (!single && value !== undefined)
      throw new InputError(
        `--${option}: expected an experiment without a sweep; --set gives one of its runs`,
      );
  const directory = resolve(out ?? defaultDirectory(experiment.name, part));
  if (check) return sayPlan(sweep, directory, json);
  const mode = resume ? 'resume' : overwrite ? 'overwrite' : 'fresh';
  const common = { out: directory, workers, mode } as const;
  const again = await resumeCommand(options);
  const words = `${SILENT_END}; what is finished is kept, go on with: ${again}`;
  if (!single) {
    const place = placesOf(sweep);
    const outcome = await watched({ quiet, workers, words }, ({ signal, watch }) =>
      runSweep(sweep, {
        ...common,
        signal,
        watch: ({ name, experiment: one }) => watch(place(name), calledOf(one.dataset.type)),
      }),
    );
    return finishSweep(outcome, place, directory, { again, json });
  }
  const outcome = await watched({ quiet, workers, words }, async ({ signal, watch }) => {
    const watching = watch(experiment.name, calledOf(experiment.dataset.type));
    const crew =
      queue === undefined
        ? undefined
        : await (await import('../queue/open.js')).openQueue({
            queue,
            lease,
            mixed,
            overwrite,
            onNote: watching.onNote,
          });
    try {
      return await runExperiment(experiment, {
        ...common,
        ...(part && { shard: part }),
        ...(crew && { evaluators: crew.evaluators }),
        signal,
        ...watching,
      });
    } finally {
      crew?.close();
    }
  });
  if (outcome.end === 'interrupted') {
    say(
      overwrite && outcome.done === 0
        ? 'heatproof: stopped before the first unit; the earlier run is as it was\n'
        : `heatproof: stopped with ${outcome.done} units done; go on with: ${again}\n`,
    );
    throw new Exit(EXIT.interrupted);
  }
  const { summary, undrawn = [] } = outcome;
  if (summary) finish({ summary, undrawn }, directory, json);
  else print(`shard ${shard}: ${outcome.units} units in ${directory}; see heatproof merge\n`);
}

/** What runs of a sweep are called while they run. */
function placesOf({ runs }: Sweep): (name: string) => string {
  return (name) => `${name} (${runs.findIndex((run) => run.name === name) + 1}/${runs.length})`;
}

/** Prints how the runs of a sweep compare. */
function finishSweep(
  outcome: SweepOutcome,
  place: (name: string) => string,
  directory: string,
  { again, json }: { readonly again: string; readonly json: boolean },
): void {
  if (outcome.end === 'interrupted') {
    const { run, done } = outcome;
    say(`heatproof: stopped in ${place(run)} with ${done} units done; go on with: ${again}\n`);
    throw new Exit(EXIT.interrupted);
  }
  const { comparison, incomplete } = outcome;
  const page = join(directory, 'comparison.html');
  print(
    json
      ? `${JSON.stringify(comparison)}\n`
      : `${comparisonText(comparison)}\n\nresults:    ${directory}\ncomparison: ${page}\n`,
  );
  for (const { run, what } of incomplete) say(`heatproof: ${run}: ${what}\n`);
  if (incomplete.length > 0) throw new Exit(EXIT.incomplete);
}

/** Checks everything, and says what would be run. */
async function sayPlan({ runs }: Sweep, directory: string, json: boolean): Promise<void> {
  const images = await checkRuns(runs);
  const plan = runs.map(({ name, experiment }, i) => ({
    run: name || experiment.name,
    images: images[i],
    networks: experiment.networks.length,
    methods: experiment.methods.length,
    out: join(directory, name),
  }));
  if (json) return print(`${JSON.stringify(plan)}\n`);
  const rows = plan.map(({ out: _, ...one }) => Object.values(one).map(String));
  const table = formatTable(['run', samplesOf(runs), 'networks', 'methods'], rows);
  const count = `${runs.length} ${runs.length === 1 ? 'run' : 'runs'}`;
  print(`${table}\n\nresults: ${directory}\n${count}, checked; nothing was run\n`);
}

/** What all runs' samples are called. */
function samplesOf(runs: readonly SweepRun[]): string {
  return calledOfAll(runs.map(({ experiment }) => experiment.dataset.type)).samples;
}

/** Options of their own are settings, too. */
function settingsOf({ set, engine, limit }: Pick<Options, 'set' | 'engine' | 'limit'>): string[] {
  return [
    ...set,
    ...(engine === undefined ? [] : [`engine=${engine}`]),
    ...(limit === undefined ? [] : [`dataset.limit=${limit}`]),
  ];
}

/** Shards of one run lie side by side. */
function defaultDirectory(name: string, shard: Shard | undefined): string {
  return `results/${name}${shard ? `-${shard.index}-of-${shard.count}` : ''}`;
}

/** Prints what a run found; images that failed and pictures that could not be drawn are exit code 3. */
export function finish({ summary, undrawn }: Written, directory: string, json: boolean): void {
  if (json) print(`${JSON.stringify(summary)}\n`);
  else printSummary(summary, directory);
  for (const { files, reason } of undrawn) {
    say(`heatproof: not drawn: ${files.join(', ')} (${reason}); all numbers are written\n`);
  }
  if (summary.images.failed.length > 0 || undrawn.length > 0) throw new Exit(EXIT.incomplete);
}

function parseShard(text: string): Shard {
  const [, index = 0, count = 0] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (index < 1 || index > count)
    throw new InputError(`--shard: expected I/N with 1 <= I <= N, got '${text}'`);
  return { index, count };
}

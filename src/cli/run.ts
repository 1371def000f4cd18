import { resolve } from 'node:path';
import { InputError } from '../errors.js';
import { loadExperiment } from '../experiment/config.js';
import type { Shard } from '../experiment/shard.js';
import type { Written } from '../results/results.js';
import { runExperiment } from '../run/run.js';
import type { Stage } from '../run/watch.js';
import type { OptionsOf } from './command.js';
import { EXIT, Exit } from './exit.js';
import { listenForInterrupt } from './interrupt.js';
import { leaveWord, SILENT_END } from './last-words.js';
import type { runCommand } from './options/run.js';
import { print, say } from './output.js';
import { clearLine, createProgress, type Progress, showStep } from './progress.js';
import { shellQuote } from './shell.js';
import { printSummary } from './summary.js';

export async function run(options: OptionsOf<typeof runCommand>): Promise<void> {
  const { config, out, workers, limit, shard, resume, overwrite, quiet, json } = options;
  checkCount('--workers', workers);
  if (limit !== undefined) checkCount('--limit', limit);
  if (resume && overwrite) throw new InputError('--resume and --overwrite exclude each other');
  const part = shard === undefined ? undefined : parseShard(shard);
  const experiment = await loadExperiment(resolve(config), settingsOf(options));
  const directory = resolve(out ?? defaultDirectory(experiment.name, part));
  const progress: Record<Stage, Progress> = {
    select: createProgress(`${experiment.name}: choosing images`, { quiet, startUp: workers }),
    evaluate: createProgress(experiment.name, { quiet, startUp: workers }),
  };
  const note = (text: string) => {
    if (!quiet) clearLine();
    say(`heatproof: ${text}\n`);
  };
  const callOff = leaveWord(
    `heatproof: ${SILENT_END}; what is finished is kept, go on with: ${resumeCommand(options)}`,
  );
  const interrupt = listenForInterrupt(() => {
    callOff();
    note('finishing the images in hand; once more to stop at once');
  });
  try {
    const outcome = await runExperiment(experiment, {
      out: directory,
      workers,
      mode: resume ? 'resume' : overwrite ? 'overwrite' : 'fresh',
      ...(part && { shard: part }),
      signal: interrupt.signal,
      onProgress: (stage, done, total) => progress[stage].update(done, total),
      onStep: (what) => void (quiet || showStep(`${experiment.name}: ${what}`)),
      onNote: note,
    });
    progress.evaluate.end();
    if (outcome.end === 'interrupted') {
      note(
        overwrite && outcome.done === 0
          ? 'stopped before the first unit; the earlier run is as it was'
          : `stopped with ${outcome.done} units done; go on with: ${resumeCommand(options)}`,
      );
      throw new Exit(EXIT.interrupted);
    }
    const { summary, undrawn = [] } = outcome;
    if (summary) finish({ summary, undrawn }, directory, json);
    else print(`shard ${shard}: ${outcome.units} units in ${directory}; see heatproof merge\n`);
  } finally {
    for (const one of Object.values(progress)) one.end();
    interrupt.end();
    callOff();
  }
}

/** Options of their own are settings, too. */
function settingsOf({ set, engine, limit }: Resumable): string[] {
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

interface Resumable {
  config: string;
  out: string | undefined;
  set: readonly string[];
  engine: string | undefined;
  limit: number | undefined;
  shard: string | undefined;
}

function resumeCommand({ config, out, set, engine, limit, shard }: Resumable): string {
  const options = [
    ...Object.entries({ out, engine, limit, shard }),
    ...set.map((one) => ['set', one] as const),
  ].flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, shellQuote(String(value))]));
  return ['heatproof run', shellQuote(config), ...options, '--resume'].join(' ');
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

function checkCount(option: string, value: number): void {
  if (!Number.isInteger(value) || value < 1)
    throw new InputError(`${option}: expected a whole number of at least 1, got ${value}`);
}

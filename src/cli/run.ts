import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { InputError } from '../errors.js';
import { loadExperiment } from '../run/config.js';
import { runExperiment } from '../run/run.js';
import type { Summary } from '../run/summary.js';
import type { Shard } from '../run/tasks.js';
import { defineCommand } from './command.js';
import { EXIT, Exit } from './exit.js';
import { createProgress } from './progress.js';
import { printSummary } from './summary.js';

export const runCommand = defineCommand({
  command: 'run <config>',
  describe: 'Run an experiment: explain, perturb, measure, and write the results',
  builder: (yargs) =>
    yargs
      .positional('config', { type: 'string', demandOption: true, describe: 'experiment (YAML)' })
      .option('out', { type: 'string', describe: 'results directory [default: results/<name>]' })
      .option('workers', { type: 'number', default: availableParallelism(), describe: 'worker threads' })
      .option('limit', { type: 'number', describe: 'use this many images' })
      .option('shard', { type: 'string', describe: 'run part I of N, written I/N; see merge' })
      .option('resume', { type: 'boolean', default: false, describe: 'go on with an interrupted run' })
      .option('overwrite', { type: 'boolean', default: false, describe: 'replace an earlier run' })
      .option('quiet', { type: 'boolean', default: false, describe: 'no progress' })
      .option('json', { type: 'boolean', default: false, describe: 'print the summary as JSON' }),
  handler: async ({ config, out, workers, limit, shard, resume, overwrite, quiet, json }) => {
    checkCount('--workers', workers);
    if (resume && overwrite) throw new InputError('--resume and --overwrite exclude each other');
    if (limit !== undefined) checkCount('--limit', limit);
    const experiment = await loadExperiment(resolve(config));
    if (limit !== undefined) experiment.dataset = { ...experiment.dataset, limit };
    const directory = resolve(out ?? `results/${experiment.name}`);
    const part = shard === undefined ? undefined : parseShard(shard);
    const interrupt = new AbortController();
    const onInterrupt = () => {
      process.stderr.write('\nheatproof: finishing the images in hand; once more to stop at once\n');
      interrupt.abort();
    };
    process.once('SIGINT', onInterrupt);
    const progress = createProgress(experiment.name, quiet);
    try {
      const { summary, done, total } = await runExperiment(experiment, {
        out: directory,
        workers,
        mode: resume ? 'resume' : overwrite ? 'overwrite' : 'fresh',
        ...(part && { shard: part }),
        signal: interrupt.signal,
        onProgress: progress.update,
      });
      progress.end();
      if (interrupt.signal.aborted && done < total) {
        const command = `heatproof run ${config}${out === undefined ? '' : ` --out ${out}`}${shard ? ` --shard ${shard}` : ''} --resume`;
        process.stderr.write(`heatproof: ${done} of ${total} units done; go on with: ${command}\n`);
        throw new Exit(EXIT.interrupted);
      }
      if (summary) finish(summary, directory, json);
      else
        process.stdout.write(
          `shard ${shard} done: ${done} units in ${directory}; put shards together with heatproof merge\n`,
        );
    } finally {
      progress.end();
      process.removeListener('SIGINT', onInterrupt);
    }
  },
});

/** Prints what a run found; some images failing is exit code 3. */
export function finish(summary: Summary, directory: string, json: boolean): void {
  if (json) process.stdout.write(`${JSON.stringify(summary)}\n`);
  else printSummary(summary, directory);
  if (summary.images.failed.length > 0) throw new Exit(EXIT.imagesFailed);
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

import { resolve } from 'node:path';
import { InputError } from '../errors.js';
import { loadSweep } from '../experiment/sweep.js';
import { work as workAt } from '../queue/worker.js';
import type { OptionsOf } from './command.js';
import { checkCount } from './count.js';
import { EXIT, Exit } from './exit.js';
import type { workCommand } from './options/work.js';
import { say } from './output.js';
import { watched } from './watched.js';

export async function work(options: OptionsOf<typeof workCommand>): Promise<void> {
  const { config, set, queue, workers, wait, quiet } = options;
  checkCount('--workers', workers);
  checkCount('--wait', wait);
  const experiment = config === undefined ? undefined : await singleExperiment(config, set);
  const words = 'the worker has ended without a word; others do its units';
  const { end, units } = await watched({ quiet, workers, words }, ({ signal, watch }) => {
    const { onNote, onStep } = watch('work');
    return workAt({ queue, experiment, threads: workers, wait, signal, onNote, onStep });
  });
  if (!quiet) say(`heatproof: ${units} units done; ${END[end]}\n`);
  if (end === 'told') throw new Exit(EXIT.interrupted);
}

const END = {
  over: 'the run is over',
  told: 'the others are given back',
  waited: 'nobody goes on with the run',
} as const;

async function singleExperiment(config: string, set: readonly string[]) {
  const { runs, axes } = await loadSweep(resolve(config), set);
  const [run] = runs;
  if (axes.length > 0 || !run)
    throw new InputError(`${config}: expected an experiment without a sweep; --set gives one of its runs`);
  return run.experiment;
}

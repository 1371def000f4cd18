import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Queue } from 'bullmq';
import { mismatch } from '../errors.js';
import type { Evaluate } from '../evaluation/job.js';
import { writeAtomic } from '../files/atomic.js';
import type { Site } from '../run/evaluators.js';
import { employ } from '../run/threads.js';
import type { Board, QueuedRun } from './board.js';
import { chooseCanaries, computeCanaries } from './canary.js';
import { Crew } from './crew.js';
import { TOKEN } from './delivery.js';
import { codecsHere, otherBits, otherMeasurement } from './statement.js';

export interface QueueOptions {
  /** Address of Redis. */
  readonly queue: string;
  /** Whether machines may take part that compute other bits. */
  readonly mixed: boolean;
  /** Seconds after which the units of a silent worker are given to others. */
  readonly lease: number;
  /** Whether the run of another experiment that was left at the queue may be dropped. */
  readonly overwrite: boolean;
  readonly onNote: (note: string) => void;
}

/** A run, and the queue at which it is to be done. */
export interface Coordinating {
  readonly jobs: readonly Evaluate[];
  readonly site: Site;
  readonly signal: AbortSignal;
  readonly board: Board;
  readonly options: QueueOptions;
}

/** The folder of a results directory that workers write to. */
export const SHARED = '.queue';

/** Puts the run on the board, or goes on with the one that stands there if it is the same. */
export async function publish(
  { jobs, site, board, options, signal }: Coordinating,
  queue: Queue,
): Promise<{ run: QueuedRun; seconds: ReadonlyMap<number, number> }> {
  const { record, directory, plan, workers, watch } = site;
  const before = await board.readRun();
  const found = before && before.state !== 'over' ? before : undefined;
  const differing = found ? otherMeasurement(found, { record }) : [];
  if (differing.length > 0 && !options.overwrite)
    throw mismatch({
      what: 'queue',
      where: board.shown,
      expected: 'that of this experiment (--overwrite takes it over)',
      got: `a run of '${found?.record.experiment.name}' that has not ended: ${differing.join('; ')}`,
    });
  watch.onStep('computing canaries');
  const own = employ(plan, workers);
  const codecs = codecsHere();
  const folder = join(directory.path, SHARED);
  if (found && differing.length === 0) {
    const crew = new Crew(own, async () => true, signal);
    const canaries = await computeCanaries(found.canaries.jobs, crew).finally(() => crew.end());
    const bits = otherBits(found, { record, codecs, canaries });
    if (bits.length > 0 && !options.mixed && !signal.aborted)
      throw mismatch({
        what: 'queue',
        where: board.shown,
        expected: 'the bits of the run',
        got: bits.join('; '),
      });
    const kept = found.shared.folder === folder && existsSync(join(folder, TOKEN));
    const shared = kept ? found.shared : await share(folder);
    const run: QueuedRun = { ...found, shared, state: 'running', mixed: options.mixed, lease: options.lease };
    await board.openResults();
    await board.writeRun(run);
    return { run, seconds: new Map() };
  }
  const { seconds, ...canaries } = await chooseCanaries(jobs, own, signal);
  await board.insist(() => queue.obliterate({ force: true }));
  await board.insist(() => board.forget());
  const run: QueuedRun = {
    id: randomUUID(),
    state: 'running',
    record,
    codecs,
    canaries,
    mixed: options.mixed,
    lease: options.lease,
    shared: await share(folder),
  };
  await board.openResults();
  await board.writeRun(run);
  return { run, seconds: new Map(canaries.jobs.map(({ network }, i) => [network, seconds[i] as number])) };
}

/** Makes the folder in which workers with the same disk put what they have computed. */
async function share(folder: string): Promise<QueuedRun['shared']> {
  await rm(folder, { recursive: true, force: true });
  const token = randomUUID();
  await writeAtomic(join(folder, TOKEN), token);
  return { folder, token };
}

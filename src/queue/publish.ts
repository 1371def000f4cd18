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
import type { Workers } from '../run/workers.js';
import type { Board, QueuedRun } from './board.js';
import { type ChosenCanaries, chooseCanaries, computeCanaries, LOOKED_AT, likelyCanaries } from './canary.js';
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

/** A run that workers can take part in, and by network how many seconds a unit takes, where that is known. */
export interface Published {
  readonly run: QueuedRun;
  readonly seconds: ReadonlyMap<number, number>;
}

/** Puts the run on the board, or goes on with the one that stands there if it is the same. Undefined where the signal ended it. */
export async function publish(work: Coordinating, queue: Queue): Promise<Published | undefined> {
  const { site, board, options, signal } = work;
  const { record, directory, plan, workers, watch } = site;
  const before = await board.readRun();
  const found = before?.state === 'running' || before?.state === 'paused' ? before : undefined;
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
  if (!found || differing.length > 0) return publishNew(work, queue, own);
  const crew = new Crew(own, async () => true, signal);
  const canaries = await computeCanaries(found.canaries.jobs, crew).finally(() => crew.end());
  if (signal.aborted) return undefined;
  const bits = otherBits(found, { record, codecs: codecsHere(), canaries });
  if (bits.length > 0 && !options.mixed)
    throw mismatch({
      what: 'queue',
      where: board.shown,
      expected: 'the bits of the run',
      got: bits.join('; '),
    });
  const folder = join(directory.path, SHARED);
  const kept = found.shared.folder === folder && existsSync(join(folder, TOKEN));
  const shared = kept ? found.shared : await share(folder);
  const run: QueuedRun = { ...found, shared, state: 'running', mixed: options.mixed, lease: options.lease };
  await board.openResults();
  await board.writeRun(run);
  return { run, seconds: new Map() };
}

/** Puts a new run on the board at once, so that workers open the experiment and compute its canaries while they are computed here. */
async function publishNew(
  { jobs, site, board, options, signal }: Coordinating,
  queue: Queue,
  own: Workers,
): Promise<Published | undefined> {
  await board.insist(() => queue.obliterate({ force: true }));
  await board.insist(() => board.forget());
  const opening: QueuedRun = {
    id: randomUUID(),
    state: 'opening',
    record: site.record,
    codecs: codecsHere(),
    canaries: { jobs: likelyCanaries(jobs), checksums: [] },
    mixed: options.mixed,
    lease: options.lease,
    shared: await share(join(site.directory.path, SHARED)),
  };
  await board.openResults();
  await board.writeRun(opening);
  let chosen: ChosenCanaries | undefined;
  try {
    chosen = await chooseCanaries(jobs, own, signal);
  } finally {
    if (!chosen || signal.aborted) await withdraw(board, queue, opening);
  }
  if (signal.aborted) return undefined;
  const { seconds, without, ...canaries } = chosen;
  for (const network of without) site.watch.onNote(withoutCanary(site.plan.models[network]?.name));
  const run: QueuedRun = { ...opening, state: 'running', canaries };
  await board.openResults(); // A Redis that keeps nothing may have been started anew meanwhile.
  await board.writeRun(run);
  return { run, seconds: new Map(canaries.jobs.map(({ network }, i) => [network, seconds[i] as number])) };
}

/** Says that a run is over, and takes away what there is of it. */
export async function withdraw(board: Board, queue: Queue, run: QueuedRun): Promise<void> {
  await rm(run.shared.folder, { recursive: true, force: true });
  await board.endRun(run);
  await board.insist(() => queue.obliterate({ force: true }));
}

/** Makes the folder in which workers with the same disk put what they have computed. */
async function share(folder: string): Promise<QueuedRun['shared']> {
  await rm(folder, { recursive: true, force: true });
  const token = randomUUID();
  await writeAtomic(join(folder, TOKEN), token);
  return { folder, token };
}

function withoutCanary(network: string | undefined): string {
  return `queue: none of the first ${LOOKED_AT} units of network '${network}' can be computed: whether workers compute the same bits of it is not compared`;
}

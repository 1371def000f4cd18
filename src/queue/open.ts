import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { mismatch } from '../errors.js';
import type { Evaluate, Evaluated } from '../evaluation/job.js';
import { indexJournal } from '../results/journal.js';
import type { Evaluators, Site } from '../run/evaluators.js';
import type { Outcome } from '../run/workers.js';
import { parseAddress } from './address.js';
import { Board } from './board.js';
import { chunksOf } from './chunks.js';
import { Coordinator } from './coordinator.js';
import { type Coordinating, publish, type QueueOptions, SHARED } from './publish.js';
import { connect } from './redis.js';

/** Milliseconds. */
const LEAD = 4000;
const PATIENCE = 20_000;
const LOOK = 1000;
const FAREWELL = 10_000;

/** The workers at a queue, as those who evaluate the units of a run. */
export interface QueueCrew {
  readonly evaluators: Evaluators;
  close(): void;
}

/**
 * Connects to a queue, at which a run can then have its units evaluated.
 *
 * @throws InputError for an address that is none, or a Redis that cannot keep a queue
 */
export async function openQueue(options: QueueOptions): Promise<QueueCrew> {
  const address = parseAddress(options.queue);
  const { redis, close } = await connect(address, options.onNote);
  const board = new Board(redis, address.shown, options.onNote);
  return {
    evaluators: (jobs, site, signal) => coordinate({ jobs, site, signal, board, options }),
    close,
  };
}

async function* coordinate(work: Coordinating): AsyncGenerator<readonly Outcome<Evaluate, Evaluated>[]> {
  const { board, site, options } = work;
  const id = randomUUID();
  if (!(await takesLead(board, id, site)))
    throw mismatch({
      what: 'queue',
      where: board.shown,
      expected: 'one without a run',
      got: 'a run that goes on',
    });
  const keep = setInterval(() => void board.lead(id).catch(() => {}), LEAD);
  const queue = await chunksOf(board.redis);
  try {
    const published = await publish(work, queue);
    if (!published) return;
    const { run, seconds } = published;
    const coordinator = new Coordinator(work, run, queue, seconds);
    yield* coordinator.outcomes();
    // Where the run was told to end by its numbers, what is still out is of no use.
    const farewell = site.watch.signal.aborted ? coordinator.pause() : coordinator.end();
    const told = await Promise.race([farewell.then(() => true), setTimeout(FAREWELL, false, { ref: false })]);
    if (!told)
      options.onNote(`queue (${board.shown}): does not answer; its workers do not know how the run ended`);
  } finally {
    // A run without a unit is undone, and nothing of it may be left in its directory.
    if ((await indexJournal(site.directory.journal)).lines.size === 0)
      await rm(join(site.directory.path, SHARED), { recursive: true, force: true });
    clearInterval(keep);
    void board.leave().catch(() => {});
    void queue.close().catch(() => {});
  }
}

/** Becomes the coordinator; one that has died keeps its place for a few seconds. */
async function takesLead(board: Board, id: string, { watch }: Site): Promise<boolean> {
  const until = performance.now() + PATIENCE;
  while (!(await board.lead(id))) {
    if (performance.now() > until || watch.signal.aborted) return false;
    watch.onStep('waiting for the place of the coordinator');
    await setTimeout(LOOK);
  }
  return true;
}

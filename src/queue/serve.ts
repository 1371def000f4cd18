import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Job, Worker } from 'bullmq';
import type { Evaluate } from '../evaluation/job.js';
import { LineFile } from '../files/line-file.js';
import { journalLine } from '../results/journal.js';
import type { Board, ChunkData, QueuedRun } from './board.js';
import { chunksInHand } from './chunk-size.js';
import { chunkWorker } from './chunks.js';
import type { Crew } from './crew.js';
import { JOURNAL, TOKEN } from './delivery.js';
import { type Carrier, Outbox, THROUGH_QUEUE, throughDisk } from './outbox.js';
import type { HeatmapFiles } from './packet.js';

/** A worker that a run has let in. */
export interface Admitted {
  readonly board: Board;
  readonly run: QueuedRun;
  /** Its name. */
  readonly worker: string;
  readonly host: string;
  /** Its threads, which have computed the canaries. */
  readonly crew: Crew;
  readonly threads: number;
  /** A folder of its own. */
  readonly scratch: string;
  /** Seconds to wait for a run that is paused. */
  readonly wait: number;
  readonly signal: AbortSignal;
}

/** Why a worker has ended, the run being over, it having been told to, or having waited in vain; and how many units it has done. */
export interface Worked {
  readonly end: 'over' | 'told' | 'waited';
  readonly units: number;
}

/** Milliseconds between looks at the board, and until chunks that nobody takes have BullMQ's worker started anew. */
const LOOK = 2000;
const STUCK = 30_000;

/** A chunk that stalls again has a unit in it that ends workers, perhaps. */
const STALLS = 1;

/** Does chunks until the run is over or the signal is aborted: then what is not begun is given back. */
export async function serve(admitted: Admitted): Promise<Worked> {
  const serving = new Serving(admitted, await carrierOf(admitted, admitted.run));
  try {
    return await serving.serve();
  } finally {
    await serving.carrier.close();
  }
}

class Serving {
  readonly #admitted: Admitted;
  readonly #crew: Crew;
  readonly #outbox: Outbox;
  carrier: Carrier;
  #token: string;
  readonly #leaving = new AbortController();
  #failure: unknown;
  #end: Worked['end'] = 'told';
  #units = 0;
  #folders = 0;
  #busy = performance.now();
  #led = performance.now();

  constructor(admitted: Admitted, carrier: Carrier) {
    const { board, worker, crew, run } = admitted;
    this.#admitted = admitted;
    this.carrier = carrier;
    this.#token = run.shared.token;
    this.#outbox = new Outbox(board, worker, () => this.carrier);
    this.#crew = crew;
  }

  async serve(): Promise<Worked> {
    const { board, worker, signal } = this.#admitted;
    const ends = AbortSignal.any([signal, this.#leaving.signal, this.#crew.failure]);
    const ended = new Promise<void>((resolve) => {
      if (ends.aborted) resolve();
      ends.addEventListener('abort', () => resolve(), { once: true });
    });
    let chunks = await this.#chunks();
    while (!ends.aborted) {
      await Promise.race([this.#look(), ended]);
      if (await this.#isStuck(ended)) {
        void chunks.close(true).catch(() => {});
        chunks = await this.#chunks();
      }
      await Promise.race([setTimeout(LOOK), ended]);
    }
    const closed = chunks.close();
    await this.#crew.end();
    await closed;
    await board.endBeats(worker);
    this.#crew.failure.throwIfAborted();
    if (this.#failure) throw this.#failure;
    return { end: this.#end, units: this.#units };
  }

  #chunks(): Promise<Worker<ChunkData>> {
    const { board, threads, run } = this.#admitted;
    const setting = { concurrency: chunksInHand(threads), lease: run.lease };
    return chunkWorker(board.redis, setting, (chunk) => this.#do(chunk));
  }

  /** Says that it is there, and looks whether the run is. */
  async #look(): Promise<void> {
    const { board, worker, host, threads, run, wait } = this.#admitted;
    await board.beat(worker, { host, pid: process.pid, threads, done: this.#units });
    const now = await board.readRun();
    if (now && (now.state === 'over' || now.id !== run.id)) return this.#leave('over');
    if (now && now.shared.token !== this.#token) await this.#changeCarrier(now);
    if (now?.state === 'running' && (await board.isLed())) this.#led = performance.now();
    if (performance.now() - this.#led > wait * 1000) this.#leave('waited');
  }

  /** The coordinator has another folder than before. */
  async #changeCarrier(run: QueuedRun): Promise<void> {
    const before = this.carrier;
    this.carrier = await carrierOf(this.#admitted, run);
    this.#token = run.shared.token;
    await before.close();
  }

  #leave(end: Worked['end']): void {
    this.#end = end;
    this.#leaving.abort();
  }

  /** Whether chunks wait and none comes here, though there is nothing to do: a reader that is stuck after a lost connection. */
  async #isStuck(ended: Promise<void>): Promise<boolean> {
    if (this.#crew.size > 0) this.#busy = performance.now();
    if (performance.now() - this.#busy < STUCK) return false;
    this.#busy = performance.now();
    return ((await Promise.race([this.#admitted.board.waiting(), ended])) ?? 0) > 0;
  }

  /** Does a chunk. Where results cannot be kept (a full disk), nothing can be done here. */
  async #do(chunk: Job<ChunkData>): Promise<void> {
    try {
      await this.#doChunk(chunk);
    } catch (error) {
      this.#failure ??= error;
      this.#leaving.abort();
      throw error;
    }
  }

  async #doChunk({ id = '', data: { jobs, alone }, stalledCounter }: Job<ChunkData>): Promise<void> {
    this.#busy = performance.now();
    if (stalledCounter > STALLS && !alone)
      return this.#outbox.giveBack({ chunk: id, keys: jobs.map(({ key }) => key), alone: true });
    const left: string[] = [];
    const evaluate = async (job: Evaluate) => {
      if (!(await this.#evaluate(job, id, alone))) left.push(job.key);
    };
    await Promise.all(jobs.map(evaluate));
    if (left.length > 0) await this.#outbox.giveBack({ chunk: id, keys: left, alone });
  }

  /** Does one unit, and sends what became of it; false where it was not begun. */
  async #evaluate(job: Evaluate, chunk: string, alone: boolean): Promise<boolean> {
    const kept = job.also.includes('heatmaps');
    const folder = join(this.#admitted.scratch, String(this.#folders++));
    if (kept) await mkdir(folder); // Where it is gone later, heatmaps are lost, and the unit with them.
    const outcome = await this.#crew.do({ ...job, ...(kept && { heatmaps: folder }) }, alone);
    if (outcome === 'left') return false;
    const { key } = job;
    if ('error' in outcome) {
      await this.#outbox.put({ key, chunk, seconds: 0, result: { error: outcome.error } });
    } else {
      const { unit, seconds } = outcome.result;
      const files = kept ? { files: { line: JSON.stringify(await filesBelow(folder)) } } : {};
      if (kept) await rm(folder, { recursive: true, force: true });
      await this.#outbox.put({ key, chunk, seconds, result: { line: journalLine(unit) }, ...files });
    }
    if (alone) await this.#admitted.board.forgetTries(key);
    this.#units++;
    return true;
  }
}

async function filesBelow(folder: string): Promise<HeatmapFiles> {
  const files: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files[relative(folder, path).replaceAll('\\', '/')] = (await readFile(path)).toString('base64');
  }
  return files;
}

/** How results go: through the coordinator's disk where it can be written here, else through the queue. */
async function carrierOf({ worker }: Admitted, { shared }: QueuedRun): Promise<Carrier> {
  const folder = join(shared.folder, worker);
  const token = join(shared.folder, TOKEN);
  try {
    if (existsSync(token) && readFileSync(token, 'utf8') === shared.token) {
      await mkdir(folder);
      return throughDisk(await LineFile.open(join(folder, JOURNAL)));
    }
  } catch {
    // A disk that this machine may only read.
  }
  return THROUGH_QUEUE;
}

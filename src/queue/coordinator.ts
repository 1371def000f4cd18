import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Queue } from 'bullmq';
import { InputError, messageOf } from '../errors.js';
import type { Evaluate, Evaluated } from '../evaluation/job.js';
import { mixedMachine } from '../experiment/equal-bits.js';
import { writeAtomic } from '../files/atomic.js';
import { indexJournal, journalLine, parseLine, readUnits } from '../results/journal.js';
import type { Site } from '../run/evaluators.js';
import type { Outcome } from '../run/workers.js';
import type { Board, ChunkData, Entry, QueuedRun } from './board.js';
import { chunkSize, chunksInHand } from './chunk-size.js';
import { readDelivery } from './delivery.js';
import { Ledger } from './ledger.js';
import { decodePacket, type Packet, type Sent } from './packet.js';
import { type Coordinating, type QueueOptions, withdraw } from './publish.js';
import { ALLOWED, otherBits, otherMeasurement, type Statement } from './statement.js';

/** Milliseconds: between looks after workers, and after everything has been read, so that what comes meanwhile goes to disk together. */
const LOOK = 1000;
const GATHER = 250;
/** Until someone is told that there are no workers. */
const UNMANNED = 15_000;
/** Seconds by which a worker is taken to be gone. */
const SILENT = 10;

/** Hands out the units of a run and takes in what workers make of them. */
export class Coordinator {
  readonly #site: Site;
  readonly #signal: AbortSignal;
  readonly #board: Board;
  readonly #options: QueueOptions;
  readonly #run: QueuedRun;
  readonly #queue: Queue<ChunkData>;
  readonly #ledger: Ledger;
  /** By network: seconds that a unit takes. */
  readonly #seconds: Map<number, number>;
  #admitted = new Set<string>();
  /** Of all workers that are alive. */
  #threads = 0;
  /** When there was a worker, or nobody could know that there is none. */
  #manned = performance.now();
  /** How many chunks they have in hand. */
  #slots = 0;
  #looked = Number.NEGATIVE_INFINITY;
  /** Chunks that BullMQ did not know when it was asked last; what they have sent may still have to be read. */
  #suspected: string[] = [];
  #readAll = false;
  #taken = 0;
  #since = 0;

  constructor(
    { jobs, site, signal, board, options }: Coordinating,
    run: QueuedRun,
    queue: Queue,
    seconds: ReadonlyMap<number, number>,
  ) {
    this.#site = site;
    this.#signal = signal;
    this.#board = board;
    this.#options = options;
    this.#run = run;
    this.#queue = queue;
    this.#ledger = new Ledger(jobs, randomUUID().slice(0, 8));
    this.#seconds = new Map(seconds);
  }

  /** What became of the units, in groups; a group that has been taken is acknowledged when the next one is asked for. */
  async *outcomes(): AsyncGenerator<readonly Outcome<Evaluate, Evaluated>[]> {
    this.#admitted = await this.#board.admitted();
    this.#since = await this.#board.now();
    while (this.#ledger.left > 0 && !this.#signal.aborted) {
      const entries = await this.#board.receive();
      this.#readAll = entries.length === 0;
      const outcomes: Outcome<Evaluate, Evaluated>[] = [];
      for (const entry of entries) outcomes.push(...(await this.#open(entry)));
      if (outcomes.length > 0) yield outcomes;
      this.#taken += outcomes.length;
      await this.#board.take(entries);
      await this.#look();
      await this.#feed(); // What has come is not handed out again, be it while nobody read it.
      if (this.#readAll) await setTimeout(GATHER);
    }
  }

  /** Leaves the run to whoever goes on with it; what workers have in hand they still send. */
  async pause(): Promise<void> {
    await this.#queue.drain();
    await this.#board.writeRun({ ...this.#run, state: 'paused' });
  }

  /** Says that the run is over. */
  end(): Promise<void> {
    return withdraw(this.#board, this.#queue, this.#run);
  }

  /** Hands out chunks: what workers have in hand, and as many that wait. */
  async #feed(): Promise<void> {
    const ledger = this.#ledger;
    const chunks: { name: string; data: ChunkData; opts: { jobId: string } }[] = [];
    while (ledger.out.length < 2 * this.#slots) {
      const { upcoming } = ledger;
      if (!upcoming) break;
      const seconds = this.#seconds.get(upcoming.network) ?? 1;
      const size = chunkSize({ seconds, left: ledger.waiting, threads: this.#threads });
      const chunk = ledger.handOut(size);
      if (!chunk) break;
      const { id, ...data } = chunk;
      chunks.push({ name: 'chunk', data, opts: { jobId: id } });
    }
    if (chunks.length > 0) await this.#board.insist(() => this.#queue.addBulk(chunks));
  }

  /** Looks after workers and chunks from time to time, and says how far the run is. */
  async #look(): Promise<void> {
    const now = performance.now();
    if (now - this.#looked < LOOK) return;
    this.#looked = now;
    const [board, site] = [this.#board, this.#site];
    const [clock, beats, run] = [await board.now(), await board.workers(), await board.readRun()];
    if (!run) await this.#republish();
    const alive = [...beats].filter(([, { at }]) => clock - at < SILENT).map(([, beat]) => beat);
    const threads = alive.reduce((sum, beat) => sum + beat.threads, 0);
    if (threads > 0) this.#manned = now;
    if (now - this.#manned > UNMANNED) {
      site.watch.onNote(`no workers; they are started with heatproof work --queue ${board.shown}`);
      this.#manned = Number.POSITIVE_INFINITY;
    }
    this.#threads = threads;
    this.#slots = alive.reduce((sum, beat) => sum + chunksInHand(beat.threads), 0);
    await this.#takeBackLost();
    const { done, total } = site;
    await board.writeProgress({ done: done + this.#taken, total, taken: this.#taken, since: this.#since });
  }

  /** Redis has forgotten everything: what was out is handed out again. */
  async #republish(): Promise<void> {
    this.#options.onNote(
      `queue (${this.#board.shown}): has forgotten the run; its units in hand are done again`,
    );
    for (const worker of this.#admitted) await this.#board.admit(worker);
    await this.#board.openResults();
    await this.#board.writeRun(this.#run);
  }

  /** Chunks that are gone though not all of their units have arrived: a Redis that restarts may have lost them. */
  async #takeBackLost(): Promise<void> {
    const missing = await this.#board.missing(this.#ledger.out);
    if (this.#readAll) {
      const before = new Set(this.#suspected);
      for (const chunk of missing) if (before.has(chunk)) this.#ledger.takeBackAll(chunk);
    }
    this.#suspected = missing;
  }

  /** What an entry of the stream brings. */
  async #open({ bytes }: Entry): Promise<Outcome<Evaluate, Evaluated>[]> {
    let packet: Packet;
    try {
      packet = await decodePacket(bytes);
    } catch (error) {
      this.#site.watch.onNote(`queue: a packet that cannot be read: ${messageOf(error)}`);
      return [];
    }
    const { worker } = packet;
    if (!/^[\w.-]{1,200}$/.test(worker)) return [];
    if (packet.kind === 'join') return this.#join(worker, packet.statement);
    if (packet.kind === 'leave') {
      this.#site.watch.onNote(`worker ${worker} has left: ${packet.reason}`);
      return [];
    }
    if (!this.#admitted.has(worker)) return [];
    for (const { chunk, keys, alone } of packet.back) this.#ledger.takeBack(chunk, keys, alone);
    const outcomes: Outcome<Evaluate, Evaluated>[] = [];
    for (const sent of packet.results) outcomes.push(...(await this.#arrive(sent, worker)));
    return outcomes;
  }

  async #join(worker: string, statement: Statement): Promise<[]> {
    const other = otherMeasurement(this.#run, statement);
    const bits = otherBits(this.#run, statement);
    const refused =
      other.length > 0 ? [...other, ...bits] : bits.length > 0 && !this.#run.mixed ? [...bits, ALLOWED] : [];
    if (refused.length > 0) {
      await this.#board.answer(worker, { refused: refused.join('; ') });
      this.#site.watch.onNote(
        `worker ${worker} is refused, it would measure something else: ${refused.join('; ')}`,
      );
      return [];
    }
    if (bits.length > 0) await this.#recordMixed(bits, statement);
    this.#admitted.add(worker);
    this.#threads += statement.threads;
    this.#slots += chunksInHand(statement.threads);
    await this.#board.admit(worker);
    await this.#board.answer(worker, {});
    return [];
  }

  /** Writes down that machines with other bits compute, too: by which processors, and how they differ. */
  async #recordMixed(bits: readonly string[], { record: { machine } }: Statement): Promise<void> {
    const record = await this.#site.directory.readRecord();
    const mixed = mixedMachine(record.machine, machine, bits);
    await this.#site.directory.writeRecord({ ...record, machine: mixed });
  }

  /** A unit that has come: given on if it is the first of its kind, else compared with it. */
  async #arrive(sent: Sent, worker: string): Promise<Outcome<Evaluate, Evaluated>[]> {
    const { key, chunk, seconds, result } = sent;
    const job = this.#ledger.job(key);
    if ('error' in result) {
      const first = job && this.#ledger.arrive(key, chunk, undefined) === 'first';
      return first ? [{ job, error: result.error }] : [];
    }
    try {
      const delivered = await readDelivery(sent, result, join(this.#run.shared.folder, worker));
      const arrival = job
        ? this.#ledger.arrive(key, chunk, delivered.checksum)
        : await this.#arrivedEarlier(key, delivered.checksum);
      if (arrival === 'other') this.#site.watch.onNote(unequal(key, worker));
      if (arrival !== 'first' || !job) return [];
      for (const [path, bytes] of Object.entries(delivered.files))
        await writeAtomic(join(this.#site.directory.heatmaps, path), bytes);
      const before = this.#seconds.get(job.network) ?? seconds;
      this.#seconds.set(job.network, 0.9 * before + 0.1 * seconds);
      const { unit, line } = delivered;
      return [{ job, result: { unit, seconds, line } }];
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#site.watch.onNote(`worker ${worker}: ${messageOf(error)}; the unit is done again`);
      return [];
    }
  }

  /** A unit that the journal held before this coordinator began. */
  async #arrivedEarlier(key: string, checksum: string): Promise<'same' | 'other' | 'unknown'> {
    const { journal } = this.#site.directory;
    for await (const unit of readUnits(journal, await indexJournal(journal), [key]))
      return parseLine(journalLine(unit))?.checksum === checksum ? 'same' : 'other';
    return 'unknown';
  }
}

function unequal(key: string, worker: string): string {
  return `${key} was computed twice with other bits, the second time by worker ${worker}: a machine computes wrongly, or with other kernels; the first stays`;
}

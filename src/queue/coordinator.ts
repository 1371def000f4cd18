import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { InputError, messageOf, mismatch } from '../errors.js';
import type { Evaluate, Evaluated } from '../evaluation/job.js';
import { writeAtomic } from '../files/atomic.js';
import { indexJournal, journalLine, parseLine, readUnits } from '../results/journal.js';
import type { Evaluators, Site } from '../run/evaluators.js';
import { employ } from '../run/threads.js';
import type { Outcome } from '../run/workers.js';
import { parseAddress } from './address.js';
import { Board, type ChunkData, type Entry, type QueuedRun } from './board.js';
import { chooseCanaries, computeCanaries } from './canary.js';
import { chunkSize } from './chunk-size.js';
import { chunksOf } from './chunks.js';
import { readDelivery, TOKEN } from './delivery.js';
import { Ledger } from './ledger.js';
import { decodePacket, type Packet, type Sent } from './packet.js';
import { connect } from './redis.js';
import { codecsHere, otherBits, otherMeasurement, type Statement } from './statement.js';

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

interface Coordinating {
  readonly jobs: readonly Evaluate[];
  readonly site: Site;
  readonly signal: AbortSignal;
  readonly board: Board;
  readonly options: QueueOptions;
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
  const reader = board.redis.duplicate();
  reader.on('error', () => {}); // The connection of the board tells.
  const queue = await chunksOf(board.redis);
  try {
    const { run, seconds } = await publish(work, queue);
    const coordinator = new Coordinator(work, run, queue, reader, seconds);
    yield* coordinator.outcomes();
    // Where the run was told to end by its numbers, what is still out is of no use.
    const farewell = site.watch.signal.aborted ? coordinator.pause() : coordinator.end();
    const told = await Promise.race([farewell.then(() => true), setTimeout(FAREWELL, false)]);
    if (!told)
      options.onNote(`queue (${board.shown}): does not answer; its workers do not know how the run ended`);
  } finally {
    // A run without a unit is undone, and nothing of it may be left in its directory.
    if ((await indexJournal(site.directory.journal)).lines.size === 0)
      await rm(join(site.directory.path, SHARED), { recursive: true, force: true });
    clearInterval(keep);
    reader.disconnect();
    void board.leave().catch(() => {});
    void queue.close().catch(() => {});
  }
}

/** The folder of a results directory that workers write to. */
const SHARED = '.queue';
/** Milliseconds. */
const LEAD = 4000;
const PATIENCE = 20_000;
const LOOK = 1000;
const WAIT = 300;
const FAREWELL = 10_000;
/** Until someone is told that there are no workers. */
const UNMANNED = 15_000;
/** Seconds by which a worker is taken to be gone. */
const SILENT = 10;

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

/** Puts the run on the board, or goes on with the one that stands there if it is the same. */
async function publish(
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
    const canaries = await computeCanaries(found.canaries.jobs, own, signal);
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

class Coordinator {
  readonly #site: Site;
  readonly #signal: AbortSignal;
  readonly #board: Board;
  readonly #options: QueueOptions;
  readonly #run: QueuedRun;
  readonly #queue: Queue<ChunkData>;
  readonly #reader: Redis;
  readonly #ledger: Ledger;
  /** By network: seconds that a unit takes. */
  readonly #seconds: Map<number, number>;
  #admitted = new Set<string>();
  /** Of all workers that are alive. */
  #threads = 0;
  /** When there was a worker, or nobody could know that there is none. */
  #manned = performance.now();
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
    reader: Redis,
    seconds: ReadonlyMap<number, number>,
  ) {
    this.#site = site;
    this.#signal = signal;
    this.#board = board;
    this.#options = options;
    this.#run = run;
    this.#queue = queue;
    this.#reader = reader;
    this.#ledger = new Ledger(jobs, randomUUID().slice(0, 8));
    this.#seconds = new Map(seconds);
  }

  /** What became of the units, in groups; a group that has been taken is acknowledged when the next one is asked for. */
  async *outcomes(): AsyncGenerator<readonly Outcome<Evaluate, Evaluated>[]> {
    this.#admitted = await this.#board.admitted();
    this.#since = await this.#board.now();
    while (this.#ledger.left > 0 && !this.#signal.aborted) {
      await this.#look();
      await this.#feed();
      const entries = await this.#board.receive(this.#reader, WAIT);
      this.#readAll = entries.length === 0;
      const outcomes: Outcome<Evaluate, Evaluated>[] = [];
      for (const entry of entries) outcomes.push(...(await this.#open(entry)));
      if (outcomes.length > 0) yield outcomes;
      this.#taken += outcomes.length;
      await this.#board.take(entries);
    }
  }

  /** Leaves the run to whoever goes on with it; what workers have in hand they still send. */
  async pause(): Promise<void> {
    await this.#queue.drain();
    await this.#board.writeRun({ ...this.#run, state: 'paused' });
  }

  /** Says that the run is over. */
  async end(): Promise<void> {
    await rm(this.#run.shared.folder, { recursive: true, force: true });
    await this.#board.endRun(this.#run);
    await this.#board.insist(() => this.#queue.obliterate({ force: true }));
  }

  /** Hands out chunks: one for every thread, and as many that wait. */
  async #feed(): Promise<void> {
    const ledger = this.#ledger;
    const chunks: { name: string; data: ChunkData; opts: { jobId: string } }[] = [];
    while (ledger.out.length < 2 * Math.max(this.#slots, 2)) {
      const { upcoming } = ledger;
      if (!upcoming) break;
      const seconds = this.#seconds.get(upcoming.network) ?? 1;
      const size = chunkSize({ seconds, left: ledger.left, threads: this.#threads });
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
    this.#slots = threads + alive.length;
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
    const refused = other.length > 0 || !this.#run.mixed ? [...other, ...bits] : [];
    if (refused.length > 0) {
      await this.#board.answer(worker, { refused: refused.join('; ') });
      this.#site.watch.onNote(
        `worker ${worker} is refused, it would measure something else: ${refused.join('; ')}`,
      );
      return [];
    }
    if (bits.length > 0) await this.#recordMixed(statement);
    this.#admitted.add(worker);
    await this.#board.admit(worker);
    await this.#board.answer(worker, {});
    return [];
  }

  /** Writes down that the run was computed on other machines, too. */
  async #recordMixed({ record: { machine } }: Statement): Promise<void> {
    const record = await this.#site.directory.readRecord();
    const known = String(record.machine.processor).split(' + ');
    const processor = String(machine.processor);
    if (known.includes(processor)) return;
    await this.#site.directory.writeRecord({
      ...record,
      machine: { ...record.machine, processor: [...known, processor].join(' + ') },
    });
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

import { Piscina } from 'piscina';
import { messageOf } from '../errors.js';
import type { Outcome } from './workers.js';

export interface PoolOptions {
  /** URL of the worker module, whose default export does one job. */
  readonly worker: URL;
  readonly workers: number;
  /** Handed to every worker once. */
  readonly workerData: unknown;
}

/** Two a worker, so that one decodes its image while the other computes. */
const JOBS_PER_WORKER = 2;

/** New objects of a worker lie in so many MB: they are few and small beside its arrays. */
const WORKER_LIMITS = { maxYoungGenerationSizeMb: 2 };

/** Starts worker threads that wait for jobs. */
export function startThreads({ worker, workers, workerData }: PoolOptions, jobsPerWorker: number): Piscina {
  return new Piscina({
    filename: worker.href,
    workerData,
    minThreads: workers,
    maxThreads: workers,
    concurrentTasksPerWorker: jobsPerWorker,
    idleTimeout: Number.POSITIVE_INFINITY,
    resourceLimits: WORKER_LIMITS,
  });
}

/**
 * Streams jobs through worker threads and yields what became of each, as it finishes. Only a few jobs a worker are
 * in flight at any time, so memory does not grow with their number; jobs may still be coming while others are done.
 *
 * When a worker dies (crash, out of memory) or throws, its jobs are tried once more, each alone on a fresh worker: the
 * one that did it is told from those that only shared its worker, and gets an `error` when it does it again.
 *
 * Aborting the signal ends the feeding: the jobs in hand are finished and yielded, no new one starts. Jobs that are still
 * coming must end with it.
 *
 * @throws when workers die before they take a job (their module does not load)
 */
export async function* runPool<J, R>(
  jobs: Iterable<J> | AsyncIterable<J>,
  options: PoolOptions,
  signal: AbortSignal,
): AsyncGenerator<Outcome<J, R>> {
  const events = new Queue<Event<J, R>>();
  const threads = new Threads<J, R>(options, events);
  const feed = new Feed<J>(jobs, events);
  const suspects = new Set<J>();
  const again: J[] = [];
  try {
    for (;;) {
      if (suspects.size === 0 && !signal.aborted && threads.hasRoom) {
        const job = feed.next();
        if (job !== undefined) threads.start(job);
      }
      if (threads.inHand === 0) {
        const suspect = again.shift();
        if (suspect !== undefined) threads.start(suspect);
        else if (!feed.asked) return;
      }
      const event = await events.take();
      if ('fed' in event) continue;
      threads.inHand--;
      const { job } = event;
      const tried = suspects.delete(job);
      if (!('error' in event)) yield event;
      else if (tried) yield { job, error: `failed twice, alone the second time: ${event.error}` };
      else {
        suspects.add(job);
        again.push(job);
      }
    }
  } finally {
    await threads.close();
  }
}

/** What a pool waits for: a job has come, or one has ended. */
type Event<J, R> = Fed | Outcome<J, R>;
interface Fed {
  readonly fed: true;
}

/** Where a feed says that it has gone on. */
interface Told {
  put(event: Fed): void;
  fail(error: unknown): void;
}

/** Jobs that come one at a time, when they are asked for. */
class Feed<J> {
  readonly #source: Iterator<J> | AsyncIterator<J>;
  readonly #events: Told;
  #come: J | undefined;
  #ended = false;
  /** Whether the next job has been asked for and has not come. */
  asked = false;

  constructor(jobs: Iterable<J> | AsyncIterable<J>, events: Told) {
    this.#source = Symbol.asyncIterator in jobs ? jobs[Symbol.asyncIterator]() : jobs[Symbol.iterator]();
    this.#events = events;
  }

  /** The job that has come, if any; asks for another. */
  next(): J | undefined {
    const job = this.#come;
    this.#come = undefined;
    if (!this.asked && !this.#ended) this.#ask();
    return job;
  }

  #ask(): void {
    this.asked = true;
    Promise.resolve(this.#source.next()).then(
      ({ done, value }) => {
        this.asked = false;
        if (done) this.#ended = true;
        else this.#come = value;
        this.#events.put({ fed: true });
      },
      (error) => this.#events.fail(error),
    );
  }
}

/** Worker threads, and how many jobs they have in hand whose end nobody has taken. */
class Threads<J, R> {
  readonly #pool: Piscina;
  readonly #room: number;
  readonly #events: Queue<Event<J, R>>;
  inHand = 0;

  constructor(options: PoolOptions, events: Queue<Event<J, R>>) {
    this.#room = options.workers * JOBS_PER_WORKER;
    this.#events = events;
    this.#pool = startThreads(options, JOBS_PER_WORKER);
    this.#pool.on('error', (error) => events.fail(error));
  }

  get hasRoom(): boolean {
    return this.inHand < this.#room;
  }

  start(job: J): void {
    this.inHand++;
    (this.#pool.run(job) as Promise<R>).then(
      (result) => this.#events.put({ job, result }),
      (error) => this.#events.put({ job, error: messageOf(error) }),
    );
  }

  /** Lets the jobs in hand end first: a thread that is ended in the midst of native code takes the process down. */
  async close(): Promise<void> {
    while (this.inHand > 0 && !this.#events.failed) {
      if (!('fed' in (await this.#events.take()))) this.inHand--;
    }
    await this.#pool.destroy();
  }
}

/** Hands over items as they come. */
class Queue<T> {
  readonly #items: T[] = [];
  #wake = () => {};
  #failure: { readonly error: unknown } | undefined;

  get failed(): boolean {
    return this.#failure !== undefined;
  }

  put(item: T): void {
    this.#items.push(item);
    this.#wake();
  }

  fail(error: unknown): void {
    this.#failure = { error };
    this.#wake();
  }

  /** The next item, waiting for it. @throws what {@link fail} was given */
  async take(): Promise<T> {
    while (this.#items.length === 0) {
      if (this.#failure) throw this.#failure.error;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#items.shift() as T;
  }
}

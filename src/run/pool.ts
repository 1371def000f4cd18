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
const WORKER_LIMITS = { maxYoungGenerationSizeMb: 16 };

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
 * in flight at any time, so memory does not grow with their number.
 *
 * When a worker dies (crash, out of memory) or throws, its jobs are tried once more, each alone on a fresh worker: the
 * one that did it is told from those that only shared its worker, and gets an `error` when it does it again.
 *
 * Aborting the signal ends the feeding: the jobs in hand are finished and yielded, no new one starts.
 *
 * @throws when workers die before they take a job (their module does not load)
 */
export async function* runPool<J, R>(
  jobs: readonly J[],
  options: PoolOptions,
  signal: AbortSignal,
): AsyncGenerator<Outcome<J, R>> {
  const threads = new Threads<J, R>({
    ...options,
    workers: Math.min(options.workers, Math.max(jobs.length, 1)),
  });
  try {
    let fed = 0;
    const suspects: J[] = [];
    for (;;) {
      const feeding = suspects.length === 0 && !signal.aborted;
      while (feeding && fed < jobs.length && threads.hasRoom) threads.start(jobs[fed++] as J);
      if (threads.inHand > 0) {
        const outcome = await threads.finished();
        if ('error' in outcome) suspects.push(outcome.job);
        else yield outcome;
        continue;
      }
      const suspect = suspects.shift();
      if (suspect === undefined) return;
      threads.start(suspect);
      const outcome = await threads.finished();
      yield 'error' in outcome
        ? { job: suspect, error: `failed twice, alone the second time: ${outcome.error}` }
        : outcome;
    }
  } finally {
    await threads.close();
  }
}

/** Worker threads, and the jobs that they have in hand. */
class Threads<J, R> {
  readonly #pool: Piscina;
  readonly #room: number;
  readonly #outcomes = new Queue<Outcome<J, R>>();
  #inHand = 0;

  constructor(options: PoolOptions) {
    this.#room = options.workers * JOBS_PER_WORKER;
    this.#pool = startThreads(options, JOBS_PER_WORKER);
    this.#pool.on('error', (error) => this.#outcomes.fail(error));
  }

  get inHand(): number {
    return this.#inHand;
  }

  get hasRoom(): boolean {
    return this.#inHand < this.#room;
  }

  start(job: J): void {
    this.#inHand++;
    (this.#pool.run(job) as Promise<R>).then(
      (result) => this.#outcomes.put({ job, result }),
      (error) => this.#outcomes.put({ job, error: messageOf(error) }),
    );
  }

  /** What became of the next job that ends. */
  async finished(): Promise<Outcome<J, R>> {
    const outcome = await this.#outcomes.take();
    this.#inHand--;
    return outcome;
  }

  /** Lets the jobs in hand end first: a thread that is ended in the midst of native code takes the process down. */
  async close(): Promise<void> {
    while (this.#inHand > 0 && !this.#outcomes.failed) await this.finished();
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

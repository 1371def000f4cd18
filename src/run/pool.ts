import { Piscina } from 'piscina';
import { messageOf } from '../errors.js';

/** What became of one task. */
export type Outcome<T, R> =
  | { readonly task: T; readonly result: R }
  | { readonly task: T; readonly error: string };

export interface PoolOptions {
  /** URL of the worker module, whose default export does one task. */
  readonly worker: URL;
  readonly workers: number;
  /** Handed to every worker once. */
  readonly workerData: unknown;
}

/** Two a worker, so that one decodes its image while the other computes. */
const TASKS_PER_WORKER = 2;

/** New objects of a worker lie in so many MB: they are few and small beside its arrays. */
export const WORKER_LIMITS = { maxYoungGenerationSizeMb: 16 };

/**
 * Streams tasks through worker threads and yields what became of each, as it finishes. Only a few tasks a worker are
 * in flight at any time, so memory does not grow with their number.
 *
 * When a worker dies (crash, out of memory) or throws, its tasks are tried once more, each alone on a fresh worker: the
 * one that did it is told from those that only shared its worker, and gets an `error` when it does it again.
 *
 * Aborting the signal ends the feeding: the tasks in hand are finished and yielded, no new one starts.
 *
 * @throws when workers die before they take a task (their module does not load)
 */
export async function* runPool<T, R>(
  tasks: readonly T[],
  options: PoolOptions,
  signal: AbortSignal,
): AsyncGenerator<Outcome<T, R>> {
  const threads = new Threads<T, R>({
    ...options,
    workers: Math.min(options.workers, Math.max(tasks.length, 1)),
  });
  try {
    let fed = 0;
    const suspects: T[] = [];
    for (;;) {
      const feeding = suspects.length === 0 && !signal.aborted;
      while (feeding && fed < tasks.length && threads.hasRoom) threads.start(tasks[fed++] as T);
      if (threads.inHand > 0) {
        const outcome = await threads.finished();
        if ('error' in outcome) suspects.push(outcome.task);
        else yield outcome;
        continue;
      }
      const suspect = suspects.shift();
      if (suspect === undefined) return;
      threads.start(suspect);
      const outcome = await threads.finished();
      yield 'error' in outcome
        ? { task: suspect, error: `failed twice, alone the second time: ${outcome.error}` }
        : outcome;
    }
  } finally {
    await threads.close();
  }
}

/** Worker threads, and the tasks that they have in hand. */
class Threads<T, R> {
  readonly #pool: Piscina;
  readonly #room: number;
  readonly #outcomes = new Queue<Outcome<T, R>>();
  #inHand = 0;

  constructor({ worker, workers, workerData }: PoolOptions) {
    this.#room = workers * TASKS_PER_WORKER;
    this.#pool = new Piscina({
      filename: worker.href,
      workerData,
      minThreads: workers,
      maxThreads: workers,
      concurrentTasksPerWorker: TASKS_PER_WORKER,
      idleTimeout: Number.POSITIVE_INFINITY,
      resourceLimits: WORKER_LIMITS,
    });
    this.#pool.on('error', (error) => this.#outcomes.fail(error));
  }

  get inHand(): number {
    return this.#inHand;
  }

  get hasRoom(): boolean {
    return this.#inHand < this.#room;
  }

  start(task: T): void {
    this.#inHand++;
    (this.#pool.run(task) as Promise<R>).then(
      (result) => this.#outcomes.put({ task, result }),
      (error) => this.#outcomes.put({ task, error: messageOf(error) }),
    );
  }

  /** What became of the next task that ends. */
  async finished(): Promise<Outcome<T, R>> {
    const outcome = await this.#outcomes.take();
    this.#inHand--;
    return outcome;
  }

  /** Lets the tasks in hand end first: a thread that is ended in the midst of native code takes the process down. */
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

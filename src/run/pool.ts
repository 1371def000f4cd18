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
  { worker, workers, workerData }: PoolOptions,
  signal: AbortSignal,
): AsyncGenerator<Outcome<T, R>> {
  const threads = Math.min(workers, Math.max(tasks.length, 1));
  const pool = new Piscina({
    filename: worker.href,
    workerData,
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: TASKS_PER_WORKER,
    idleTimeout: Number.POSITIVE_INFINITY,
  });
  const outcomes = new Queue<Outcome<T, R>>();
  pool.on('error', (error) => outcomes.fail(error));
  let inFlight = 0;
  const start = (task: T) => {
    inFlight++;
    (pool.run(task) as Promise<R>).then(
      (result) => outcomes.put({ task, result }),
      (error) => outcomes.put({ task, error: messageOf(error) }),
    );
  };
  const finished = async () => {
    const outcome = await outcomes.take();
    inFlight--;
    return outcome;
  };
  try {
    let fed = 0;
    const suspects: T[] = [];
    for (;;) {
      const feeding = suspects.length === 0 && !signal.aborted;
      while (feeding && fed < tasks.length && inFlight < threads * TASKS_PER_WORKER) start(tasks[fed++] as T);
      if (inFlight > 0) {
        const outcome = await finished();
        if ('error' in outcome) suspects.push(outcome.task);
        else yield outcome;
        continue;
      }
      const suspect = suspects.shift();
      if (suspect === undefined) return;
      start(suspect);
      const outcome = await finished();
      yield 'error' in outcome
        ? { task: suspect, error: `failed twice, alone the second time: ${outcome.error}` }
        : outcome;
    }
  } finally {
    // A thread that is ended in the midst of native code takes the whole process down.
    while (inFlight > 0 && !outcomes.failed) await finished();
    await pool.destroy();
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

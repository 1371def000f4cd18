import { Piscina } from 'piscina';
import { messageOf } from '../errors.js';

/** What became of one task. */
export type Outcome<T, R> = { task: T; result: R } | { task: T; error: string };

export interface PoolOptions {
  /** URL of the worker module, whose default export does one task. */
  worker: URL;
  workers: number;
  /** Handed to every worker once. */
  workerData: unknown;
}

/**
 * Streams tasks through worker threads and yields what became of each, as it finishes. Only a few tasks a worker are
 * in flight at any time, so memory does not grow with their number; two a worker, so that one decodes its image while
 * the other computes. A task whose worker died (crash, out of memory) is tried once more on a fresh worker.
 *
 * Aborting the signal ends the feeding: the tasks in hand are finished and yielded, no new one starts.
 */
export async function* runPool<T, R>(
  tasks: Iterable<T>,
  { worker, workers, workerData }: PoolOptions,
  signal: AbortSignal,
): AsyncGenerator<Outcome<T, R>> {
  const pool = new Piscina({
    filename: worker.href,
    workerData,
    minThreads: workers,
    maxThreads: workers,
    concurrentTasksPerWorker: TASKS_PER_WORKER,
    idleTimeout: Number.POSITIVE_INFINITY,
  });
  const attempt = async (task: T): Promise<Outcome<T, R>> => {
    for (let tries = 1; ; tries++) {
      try {
        return { task, result: (await pool.run(task)) as R };
      } catch (error) {
        if (tries === TRIES) return { task, error: `the worker died ${TRIES} times: ${messageOf(error)}` };
      }
    }
  };
  // A worker that dies before it takes a task (its module does not load) would be replaced for ever.
  const broken = new Promise<never>((_, reject) => pool.on('error', reject));
  broken.catch(() => {});
  try {
    const inFlight = new Map<T, Promise<Outcome<T, R>>>();
    for (const task of tasks) {
      if (signal.aborted) break;
      inFlight.set(task, attempt(task));
      if (inFlight.size >= workers * TASKS_PER_WORKER) yield await nextOf(inFlight, broken);
    }
    while (inFlight.size > 0) yield await nextOf(inFlight, broken);
  } finally {
    await pool.destroy();
  }
}

const TASKS_PER_WORKER = 2;
const TRIES = 2;

async function nextOf<T, R>(
  inFlight: Map<T, Promise<Outcome<T, R>>>,
  broken: Promise<never>,
): Promise<Outcome<T, R>> {
  const outcome = await Promise.race([broken, ...inFlight.values()]);
  inFlight.delete(outcome.task);
  return outcome;
}

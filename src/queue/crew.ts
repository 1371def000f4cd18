import type { Evaluate, Evaluated } from '../evaluation/job.js';
import type { Outcome, Workers } from '../run/workers.js';

/** A job that waits for a thread. */
interface Waiting {
  readonly job: Evaluate;
  readonly alone: boolean;
  readonly ended: (outcome: CrewOutcome) => void;
}

/** What became of a job; `left` where it was not begun. */
export type CrewOutcome = Outcome<Evaluate, Evaluated> | 'left';

/** Threads that jobs are given to one by one; they begin in the order in which they came. */
export class Crew {
  readonly #waiting: Waiting[] = [];
  readonly #begun = new Map<Evaluate, Waiting>();
  readonly #mayBegin: (job: Evaluate) => Promise<boolean>;
  readonly #end = new AbortController();
  readonly #over: Promise<void>;
  readonly #failing = new AbortController();
  #changed = () => {};

  /**
   * @param mayBegin asked before a job that shall be alone begins
   * @param signal ends it, see {@link Crew.end}
   */
  constructor(workers: Workers, mayBegin: (job: Evaluate) => Promise<boolean>, signal: AbortSignal) {
    this.#mayBegin = mayBegin;
    signal.addEventListener('abort', () => void this.end(), { once: true });
    if (signal.aborted) this.#end.abort();
    this.#over = this.#work(workers).catch((error) => this.#failing.abort(error));
    void this.#over.finally(() => this.#leave());
  }

  /** Aborted, for a reason, when no job can be done. */
  get failure(): AbortSignal {
    return this.#failing.signal;
  }

  /** How many jobs are waiting or in hand. */
  get size(): number {
    return this.#waiting.length + this.#begun.size;
  }

  /** Does a job; one that shall be `alone` with nothing else in hand, since it may take the process down. */
  do(job: Evaluate, alone: boolean): Promise<CrewOutcome> {
    if (this.#end.signal.aborted || this.failure.aborted) return Promise.resolve('left');
    return new Promise((ended) => {
      this.#waiting.push({ job, alone, ended });
      this.#changed();
    });
  }

  /** Begins nothing more, and waits for the jobs in hand. */
  async end(): Promise<void> {
    this.#end.abort();
    this.#changed();
    await this.#over;
  }

  async #work(workers: Workers): Promise<void> {
    for await (const outcome of workers.run(this.#feed(), this.#end.signal)) {
      this.#begun.get(outcome.job)?.ended(outcome);
      this.#begun.delete(outcome.job);
      this.#changed();
    }
  }

  async *#feed(): AsyncGenerator<Evaluate> {
    let alone = false;
    while (!this.#end.signal.aborted) {
      const [next] = this.#waiting;
      if (!next || ((alone || next.alone) && this.#begun.size > 0)) {
        await new Promise<void>((resolve) => {
          this.#changed = resolve;
        });
        continue;
      }
      this.#waiting.shift();
      alone = next.alone;
      if (alone && !(await this.#mayBegin(next.job))) {
        next.ended({ job: next.job, error: ENDS_WORKERS });
        continue;
      }
      this.#begun.set(next.job, next);
      yield next.job;
    }
  }

  /** What has not been begun stays undone. */
  #leave(): void {
    for (const { ended } of [...this.#waiting.splice(0), ...this.#begun.values()]) ended('left');
    this.#begun.clear();
  }
}

/** A unit alone is tried so often. */
export const TRIES = 2;

const ENDS_WORKERS = 'every worker process that computed it ended, twice with nothing else in hand';

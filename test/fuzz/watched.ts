import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** What is read: by a reader of `target.mjs`, or by the command line. */
export interface Job {
  readonly reader?: string;
  readonly args: readonly string[];
}

export interface Answer {
  /** Exit code of the command line; 70 for a defect, -1 when the process died, -2 when it took too long. */
  readonly code: number;
  /** Standard error, or the stack of a defect. */
  readonly told: string;
  /** Memory that the process took for it, in bytes. */
  readonly grown: number;
}

interface Told {
  readonly code: number;
  readonly told: string;
  /** Memory of the process behind it, in bytes. */
  readonly resident: number;
}

/** What one file may take. */
const SECONDS = 20;
const HEAP_MB = 768;

/** Beyond this memory a process is given up for a new one: pictures of many reports are not given back at once. */
const MUCH = 2 ** 29;

/** A process that reads mutants and is watched: what kills it or takes too long is an answer, and the next one gets a new process. */
export class Watched {
  #child: ChildProcess | undefined;
  #resident = 0;

  async read(job: Job): Promise<Answer> {
    const child = await this.#ready();
    child.send(job);
    const ended = new AbortController();
    const { signal } = ended;
    const dead = (code: number, told: string) => ({ code, told, resident: 0 });
    const answer = await Promise.race([
      once(child, 'message', { signal }).then(([message]) => message as Told),
      once(child, 'exit', { signal }).then(([code, name]) => dead(-1, `died: ${name ?? code}`)),
      new Promise<Told>((done) => {
        const timer = setTimeout(() => done(dead(-2, `took more than ${SECONDS} s`)), SECONDS * 1000);
        signal.addEventListener('abort', () => clearTimeout(timer));
      }),
    ]);
    ended.abort();
    const grown = answer.resident - this.#resident;
    this.#resident = answer.resident;
    if (answer.code < 0 || answer.resident > MUCH) this.stop();
    return { code: answer.code, told: answer.told, grown };
  }

  async #ready(): Promise<ChildProcess> {
    if (this.#child) return this.#child;
    const target = new URL('target.mjs', import.meta.url);
    this.#child = fork(target, { execArgv: [`--max-old-space-size=${HEAP_MB}`], stdio: 'ignore' });
    [this.#resident] = (await once(this.#child, 'message')) as [number];
    return this.#child;
  }

  stop(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }
}

import { parseAddress } from './address.js';
import { type Beat, Board, type QueuedRun } from './board.js';
import { connect } from './redis.js';

/** How a run at a queue is getting on. Times in seconds. */
export interface QueueStatus {
  readonly run?: {
    readonly name: string;
    /** `left` where its coordinator is gone without a word. */
    readonly state: QueuedRun['state'] | 'left';
    readonly done: number;
    readonly total: number;
    /** Units a second since the coordinator began; 0 before the first. */
    readonly rate: number;
    /** Until the last unit, at this rate; undefined before the first. */
    readonly timeLeft?: number;
  };
  readonly workers: readonly (Beat & {
    readonly name: string;
    /** Since it last said something. */
    readonly silent: number;
  })[];
}

/** Asks a queue about its run. @throws InputError for an address that is none, or where no Redis lets us in */
export async function queueStatus(queue: string, onNote: (note: string) => void): Promise<QueueStatus> {
  const address = parseAddress(queue);
  const { redis, close } = await connect(address, onNote);
  try {
    const board = new Board(redis, address.shown, onNote);
    const run = await board.readRun();
    if (!run) return { workers: [] };
    const now = await board.now();
    const workers = [...(await board.workers())].map(([name, beat]) => ({
      ...beat,
      name,
      silent: Math.max(0, now - beat.at),
    }));
    const progress = await board.readProgress();
    const { done = 0, total = 0, taken = 0, since = now } = progress ?? {};
    const rate = taken > 0 ? taken / Math.max(now - since, 1e-3) : 0;
    const goesOn = run.state === 'opening' || run.state === 'running';
    const state = goesOn && !(await board.isLed()) ? 'left' : run.state;
    const timeLeft = rate > 0 ? { timeLeft: (total - done) / rate } : {};
    return { run: { name: run.record.experiment.name, state, done, total, rate, ...timeLeft }, workers };
  } finally {
    close();
  }
}

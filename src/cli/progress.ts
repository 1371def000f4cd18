import type { Called } from '../input/called.js';
import { visible } from '../visible.js';

/** Says how far a long command is. */
export interface Progress {
  /** Shows that `done` of `total` are done. Rates count from the first call and its start-up, and anew when there is less. */
  update(done: number, total: number): void;
  /** Ends the display; a log stays, a bar goes. */
  end(): void;
}

/** What is counted, in words. */
export interface Counted {
  amount(done: number, total: number): string;
  rate(perSecond: number): string;
}

/** Samples of a data set. */
export function countedSamples({ sample, samples }: Called): Counted {
  return {
    amount: (done, total) => `${done}/${total}`,
    rate: (rate) => (rate >= 1 ? `${rate.toFixed(1)} ${samples}/s` : `${(1 / rate).toFixed(1)} s/${sample}`),
  };
}

export const BYTES: Counted = {
  amount: (done, total) => `${megabytes(done)} of ${megabytes(total)} MB`,
  rate: (rate) => `${megabytes(rate)} MB/s`,
};

/** Bytes in megabytes (10^6), as web pages and file managers count them. */
export function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e5 ? 3 : 1);
}

/** Where progress is shown. */
export interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export interface ProgressOptions {
  readonly quiet: boolean;
  readonly counted: Counted;
  /** How many are done before rates count, since they waited for what starts: the first of every worker. Default 0. */
  readonly startUp?: number;
  /** Default: standard error, so that standard output holds only results. */
  readonly output?: Output;
}

const BAR_WIDTH = 28;
const REDRAW_MS = 100;
const LINE_MS = 10_000;
/** From then on lines come a minute apart. */
const LONG_MS = 600_000;

/**
 * A bar with rate and time left on a terminal; elsewhere a line every ten seconds, after ten minutes every minute, besides the
 * first and the last; nothing when quiet.
 */
export function createProgress(
  label: string,
  { quiet, counted: { amount, rate }, startUp = 0, output = process.stderr }: ProgressOptions,
): Progress {
  if (quiet) return { update: () => {}, end: () => {} };
  let begun = { time: 0, done: Number.POSITIVE_INFINITY };
  let start: typeof begun | undefined;
  let shown = Number.NEGATIVE_INFINITY;
  const inWords = (done: number, total: number, now: number) => {
    const perSecond = start ? (done - start.done) / ((now - start.time) / 1000) : 0;
    const words = `${label}  ${amount(done, total)}`;
    if (!(perSecond > 0)) return words;
    return `${words}  ${rate(perSecond)}  ${formatTime((total - done) / perSecond)} left`;
  };
  const pause = (now: number) => {
    if (output.isTTY) return REDRAW_MS;
    return now - begun.time < LONG_MS ? LINE_MS : 6 * LINE_MS;
  };
  return {
    update(done, total) {
      if (total === 0) return;
      const now = performance.now();
      if (done < begun.done) {
        begun = { time: now, done };
        start = undefined;
        shown = Number.NEGATIVE_INFINITY;
      }
      if (done >= begun.done + startUp) start ??= { time: now, done };
      if (done !== total && now - shown < pause(now)) return;
      shown = now;
      const share = done / total;
      if (!output.isTTY) {
        output.write(`${String(Math.floor(100 * share)).padStart(3)} %  ${inWords(done, total, now)}\n`);
        return;
      }
      const filled = Math.round(BAR_WIDTH * share);
      const bar = '█'.repeat(filled) + '·'.repeat(BAR_WIDTH - filled);
      output.write(`\r[${bar}] ${inWords(done, total, now)}\x1b[K`);
    },
    end: () => clearLine(output),
  };
}

/** Says on a terminal what is being done, where nothing can be counted: in the line of the bar, until something else is shown. */
export function showStep(what: string, output: Output = process.stderr): void {
  if (output.isTTY) output.write(`\r${visible(what)} ...\x1b[K`);
}

/** Takes a bar or step away, so that something else can be written. */
export function clearLine(output: Output = process.stderr): void {
  if (output.isTTY) output.write('\r\x1b[K');
}

/** Shows a step until the work ends. */
export async function showing<T>(
  what: string,
  work: () => Promise<T>,
  output: Output = process.stderr,
): Promise<T> {
  showStep(what, output);
  try {
    return await work();
  } finally {
    clearLine(output);
  }
}

/** A duration in words, to the second or the minute. */
export function formatTime(seconds: number): string {
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

/** Says how far a long command is. */
export interface Progress {
  /** Shows that `done` of `total` are done. Rates count from the first call, and anew when there is less than then. */
  update(done: number, total: number): void;
  /** Ends the display; a log stays, a bar goes. */
  end(): void;
}

/** What is counted, in words. */
export interface Counted {
  amount(done: number, total: number): string;
  rate(perSecond: number): string;
}

export const IMAGES: Counted = {
  amount: (done, total) => `${done}/${total}`,
  rate: (rate) => (rate >= 1 ? `${rate.toFixed(1)} images/s` : `${(1 / rate).toFixed(1)} s/image`),
};

export const BYTES: Counted = {
  amount: (done, total) => `${megabytes(done)} of ${megabytes(total)} MB`,
  rate: (rate) => `${megabytes(rate)} MB/s`,
};

/** Bytes in megabytes (10^6), as web pages and file managers count them. */
export function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e5 ? 3 : 1);
}

const BAR_WIDTH = 28;
const REDRAW_MS = 100;

/**
 * A bar with rate and time left on a terminal, one line a percent elsewhere, nothing when quiet. Writes to standard
 * error, so that standard output holds only results.
 */
export function createProgress(
  label: string,
  quiet: boolean,
  { amount, rate }: Counted = IMAGES,
  output: { isTTY?: boolean; write(text: string): unknown } = process.stderr,
): Progress {
  if (quiet) return { update: () => {}, end: () => {} };
  let start = { time: 0, done: Number.POSITIVE_INFINITY };
  let shownPercent = -1;
  let shownTime = Number.NEGATIVE_INFINITY;
  const inWords = (done: number, total: number, now: number) => {
    const perSecond = (done - start.done) / ((now - start.time) / 1000);
    const words = `${label}  ${amount(done, total)}`;
    if (!(perSecond > 0)) return words;
    return `${words}  ${rate(perSecond)}  ${formatTime((total - done) / perSecond)} left`;
  };
  return {
    update(done, total) {
      if (total === 0) return;
      const now = performance.now();
      if (done < start.done) start = { time: now, done };
      const percent = Math.floor((100 * done) / total);
      if (!output.isTTY) {
        if (percent !== shownPercent)
          output.write(`${String(percent).padStart(3)} %  ${inWords(done, total, now)}\n`);
        shownPercent = percent;
      } else if (done === total || now - shownTime > REDRAW_MS) {
        const filled = Math.round((BAR_WIDTH * done) / total);
        const bar = '█'.repeat(filled) + '·'.repeat(BAR_WIDTH - filled);
        output.write(`\r[${bar}] ${inWords(done, total, now)}\x1b[K`);
        shownTime = now;
      }
    },
    end() {
      if (output.isTTY) output.write('\r\x1b[K');
    },
  };
}

/** A duration in words, to the second or the minute. */
function formatTime(seconds: number): string {
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

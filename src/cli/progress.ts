/** Says how far a long command is. */
export interface Progress {
  /** Shows that `done` of `total` are done; the first call sets where rates count from. */
  update(done: number, total: number): void;
  /** Ends the display; a log stays, a bar goes. */
  end(): void;
}

const BAR_WIDTH = 28;
const REDRAW_MS = 100;

/**
 * A bar with rate and time left on a terminal, one line a percent elsewhere, nothing when quiet. Writes to standard
 * error, so that standard output holds only results.
 */
export function createProgress(label: string, quiet: boolean): Progress {
  if (quiet) return { update: () => {}, end: () => {} };
  const isTerminal = process.stderr.isTTY === true;
  let start: { time: number; done: number } | undefined;
  let shown = -1;
  return {
    update(done, total) {
      const now = performance.now();
      start ??= { time: now, done };
      if (done === start.done || total === 0) return;
      const rate = (done - start.done) / ((now - start.time) / 1000);
      const status = `${label} ${done}/${total}  ${formatRate(rate)}  ${formatTime((total - done) / rate)} left`;
      const percent = Math.floor((100 * done) / total);
      if (!isTerminal) {
        if (percent !== shown) process.stderr.write(`${String(percent).padStart(3)} %  ${status}\n`);
        shown = percent;
      } else if (done === total || now - shown > REDRAW_MS) {
        const filled = Math.round((BAR_WIDTH * done) / total);
        process.stderr.write(`\r[${'█'.repeat(filled)}${'·'.repeat(BAR_WIDTH - filled)}] ${status}\x1b[K`);
        shown = now;
      }
    },
    end() {
      if (isTerminal) process.stderr.write('\r\x1b[K');
    },
  };
}

function formatRate(rate: number): string {
  return rate >= 1 || rate === 0 ? `${rate.toFixed(1)} images/s` : `${(1 / rate).toFixed(1)} s/image`;
}

/** A duration in words, to the second or the minute; `?` while it is not known. */
export function formatTime(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

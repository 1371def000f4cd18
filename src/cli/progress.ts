/** Says how far a long command is. */
export interface Progress {
  /** Counts one finished item. */
  tick(): void;
  /** Ends the display; what was shown stays when it is a log, and goes when it was a bar. */
  end(): void;
}

const BAR_WIDTH = 28;
const REDRAW_MS = 100;

/**
 * A bar with rate and time left on a terminal, one line a percent elsewhere, nothing when quiet. Writes to standard
 * error, so that standard output holds only results. Rates count only items done by this process.
 */
export function createProgress(total: number, done: number, label: string, quiet: boolean): Progress {
  if (quiet || total === 0) return { tick: () => {}, end: () => {} };
  const started = performance.now();
  const first = done;
  const isTerminal = process.stderr.isTTY === true;
  let shown = -1;
  const show = () => {
    const seconds = (performance.now() - started) / 1000;
    const rate = (done - first) / seconds;
    const status = `${label} ${done}/${total}  ${formatRate(rate)}  ${formatTime((total - done) / rate)} left`;
    if (!isTerminal) {
      const percent = Math.floor((100 * done) / total);
      if (percent !== shown) process.stderr.write(`${String(percent).padStart(3)} %  ${status}\n`);
      shown = percent;
    } else if (done === total || performance.now() - shown > REDRAW_MS) {
      const filled = Math.round((BAR_WIDTH * done) / total);
      process.stderr.write(`\r[${'█'.repeat(filled)}${'·'.repeat(BAR_WIDTH - filled)}] ${status}\x1b[K`);
      shown = performance.now();
    }
  };
  return {
    tick: () => {
      done++;
      show();
    },
    end: () => {
      if (isTerminal) process.stderr.write('\r\x1b[K');
    },
  };
}

function formatRate(rate: number): string {
  return rate >= 1 || rate === 0 ? `${rate.toFixed(1)} images/s` : `${(1 / rate).toFixed(1)} s/image`;
}

function formatTime(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

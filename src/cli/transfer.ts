import { formatTime } from './progress.js';
/** Shows how far a download is. */
export interface Transfer {
  /** How many bytes are there, also from before. */
  received(bytes: number): void;
  /** Ends the display; what was shown stays when it is a log, and goes when it was a bar. */
  end(): void;
}

const BAR_WIDTH = 28;
const REDRAW_MS = 100;

/**
 * A bar with rate and time left on a terminal, one line a percent elsewhere, nothing when quiet. Rates count only
 * bytes that came since the display began.
 */
export function createTransfer(
  label: string,
  total: number,
  quiet: boolean,
  output: { isTTY?: boolean; write(text: string): unknown } = process.stderr,
): Transfer {
  if (quiet) return { received: () => {}, end: () => {} };
  let first = Number.POSITIVE_INFINITY;
  let started = 0;
  let shown = -1;
  return {
    received: (bytes) => {
      // A server that cannot continue starts over, and so does the rate.
      if (bytes < first) {
        first = bytes;
        started = performance.now();
      }
      const status = `${label}  ${formatProgress(bytes, total, bytes - first, performance.now() - started)}`;
      if (!output.isTTY) {
        const percent = Math.floor((100 * bytes) / total);
        if (percent !== shown) output.write(`${String(percent).padStart(3)} %  ${status}\n`);
        shown = percent;
      } else if (bytes === total || performance.now() - shown > REDRAW_MS) {
        const filled = Math.round((BAR_WIDTH * bytes) / total);
        output.write(`\r[${'█'.repeat(filled)}${'·'.repeat(BAR_WIDTH - filled)}] ${status}\x1b[K`);
        shown = performance.now();
      }
    },
    end: () => {
      if (output.isTTY) output.write('\r\x1b[K');
    },
  };
}

/** Bytes in megabytes (10^6), as web pages and file managers count them. */
export function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e5 ? 3 : 1);
}

function formatProgress(bytes: number, total: number, came: number, milliseconds: number): string {
  const amount = `${megabytes(bytes)} of ${megabytes(total)} MB`;
  const rate = (1000 * came) / milliseconds;
  if (!(rate > 0)) return amount;
  return `${amount}  ${megabytes(rate)} MB/s  ${formatTime((total - bytes) / rate)} left`;
}

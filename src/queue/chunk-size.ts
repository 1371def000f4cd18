/** Seconds that a chunk takes a thread, about. */
const WORTH = 20;
/** Units. */
const MOST = 500;
/** Chunks become smaller towards the end, so that all end at about the same time: so many of what is left for every thread. */
const SHARE = 8;

/** How many chunks a worker takes at a time: one more than it can compute, so that no thread waits for the next one. */
export function chunksInHand(threads: number): number {
  return threads + 1;
}

/**
 * How many units a chunk gets: what takes a thread some {@link WORTH} seconds, less towards the end.
 *
 * @param seconds that a unit takes
 * @param left units that nobody has
 * @param threads of all workers
 */
export function chunkSize({
  seconds,
  left,
  threads,
}: {
  readonly seconds: number;
  readonly left: number;
  readonly threads: number;
}): number {
  const byTime = WORTH / Math.max(seconds, 1e-6);
  const byShare = left / (SHARE * Math.max(threads, 1));
  return Math.max(1, Math.floor(Math.min(byTime, byShare, MOST)));
}

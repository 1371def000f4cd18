/** Seconds that a chunk takes a thread, about. */
const WORTH = 20;
/** Units. */
const MOST = 500;
/** While less is left, chunks become smaller: so many for every thread, so that all end at about the same time. */
const SHARE = 4;

/**
 * How many units a chunk gets: what takes a thread some {@link WORTH} seconds, less towards the end.
 *
 * @param seconds that a unit takes
 * @param left units that have not arrived
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

/** Which segments keep the image, one number 0 or 1 each; the others show the baseline. */
export type Coalition = ArrayLike<number>;

/** All of n segments, and none of them. */
export const everything = (n: number): Coalition => new Uint8Array(n).fill(1);
export const nothing = (n: number): Coalition => new Uint8Array(n);

/** The same for the same coalitions. */
export function keyOf(coalition: Coalition): string {
  return Array.from(coalition, (kept) => (kept ? '1' : '0')).join('');
}

/** Each coalition of a list once. */
export function distinct(coalitions: readonly Coalition[]): Coalition[] {
  return [...new Map(coalitions.map((coalition) => [keyOf(coalition), coalition])).values()];
}

import type { InputLayout } from '../input/layout.js';

/**
 * Bridges every gap with a straight line: along the rows of every channel, what is removed becomes the line between the
 * kept numbers on either side. At an end of a row the nearest kept number is held; of a row without any, 0 is all that is
 * left.
 *
 * @param image channels x rows x columns, not changed
 * @param removed rows x columns, non-zero where a place is removed
 */
export function bridgeGaps(
  image: Float32Array,
  { columns, places }: InputLayout,
  removed: Uint8Array,
): Float32Array {
  const bridged = image.slice();
  for (let row = 0; row < image.length; row += columns) {
    const gone = removed.subarray(row % places, (row % places) + columns);
    bridgeRow(bridged.subarray(row, row + columns), gone);
  }
  return bridged;
}

function bridgeRow(row: Float32Array, removed: Uint8Array): void {
  for (let from = removed.indexOf(1); from >= 0; ) {
    const next = removed.indexOf(0, from);
    const to = next < 0 ? row.length : next;
    const [after, before] = [row[to] ?? row[from - 1] ?? 0, row[from - 1] ?? row[to] ?? 0];
    const step = (after - before) / (to - from + 1);
    for (let at = from; at < to; at++) row[at] = before + step * (at - from + 1);
    from = removed.indexOf(1, to);
  }
}

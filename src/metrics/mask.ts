import type { Rectangle } from '../datasets/placement.js';

/**
 * Which pixels lie inside the union of boxes: 1 inside, 0 outside, row by row.
 *
 * A pixel (column x, row y) is inside when its centre is: left <= x + 0.5 < right and top <= y + 0.5 <
 * bottom. So a box of whole pixel edges covers exactly its pixels, adjacent boxes share none, and a box too
 * thin to hold a centre covers nothing. Boxes are half-open pixel edges in the coordinates of the map; what
 * hangs over the border is cut.
 */
export function boxMask(boxes: readonly Rectangle[], width: number, height: number): Uint8Array {
  const mask = new Uint8Array(width * height);
  for (const { left, top, right, bottom } of boxes) {
    const toX = Math.min(width, firstCentre(right));
    const toY = Math.min(height, firstCentre(bottom));
    for (let y = firstCentre(top); y < toY; y++) {
      for (let x = firstCentre(left); x < toX; x++) mask[y * width + x] = 1;
    }
  }
  return mask;
}

/** The first pixel of the map whose centre is not before an edge. */
function firstCentre(edge: number): number {
  return Math.max(0, Math.ceil(edge - 0.5));
}

import type { Rect } from '../input/units.js';
import type { Size } from './segments.js';

/** Rows behind the base rows of every value: zeros, and what never wins in max pooling. */
export const PADDING_ROWS = { zero: 0, lowest: 1 } as const;
export const PADDING_ROW_COUNT = 2;

/**
 * Which row holds every position of a value at the current step of a trajectory. Starts with the base rows, is written
 * patch by patch, and windows are cut out of it; padding is part of the map.
 */
export class RunningMap {
  readonly #rows: Int32Array;
  readonly #start: Int32Array;
  readonly #width: number;

  /** `before` and `after` are the rows and columns of padding, `padding` is the row that they hold. */
  constructor(
    [height, width]: Size,
    readonly before: Size = [0, 0],
    after: Size = [0, 0],
    padding = 0,
  ) {
    this.#width = before[1] + width + after[1];
    this.#start = new Int32Array((before[0] + height + after[0]) * this.#width).fill(padding);
    this.#rows = this.#start;
    this.write({ top: 0, left: 0, height, width }, 0);
    this.#rows = this.#start.slice();
  }

  /** Back to the base rows. */
  reset(): void {
    this.#rows.set(this.#start);
  }

  /** The rectangle's positions, in the value's coordinates, lie in the rows from `row` on. */
  write({ top, left, height, width }: Rect, row: number): void {
    const rows = this.#rows;
    let from = row;
    for (let y = 0; y < height; y++) {
      let at = (this.before[0] + top + y) * this.#width + this.before[1] + left;
      for (let x = 0; x < width; x++) rows[at++] = from++;
    }
  }

  /** Copies the rows of a rectangle, in the map's coordinates (padding included), to `to` from `at` on. */
  cut({ top, left, height, width }: Rect, to: Int32Array, at: number): void {
    const rows = this.#rows;
    let into = at;
    for (let y = 0; y < height; y++) {
      let from = (top + y) * this.#width + left;
      for (let x = 0; x < width; x++) to[into++] = rows[from++] as number;
    }
  }
}

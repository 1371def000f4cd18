import type { InputLayout } from '../input/layout.js';
import type { Units } from '../input/units.js';
import type { Interval } from './axes.js';
import type { Probes } from './segments.js';

/** What is replaced as a whole: units of an input, or windows that share places. */
export type Replaceable = Pick<Units, 'layout' | 'count' | 'rectangles'>;

/** Where units lie that are one rectangle each, axis by axis: what changes with them is found out once an interval. */
export interface Spans {
  /** The rows and the columns that units cover, each interval once. */
  readonly intervals: Probes;
  /** Of every unit, which of these are its rows and its columns. */
  readonly ofUnit: readonly [Int32Array, Int32Array];
  readonly units: Replaceable;
}

/**
 * The spans of units over an input of a layout; undefined where one of them is no rectangle, or where units tell channels
 * apart and so are none of what the network slides over.
 */
export function spansOf(units: Replaceable, input: InputLayout): Spans | undefined {
  const { count, rectangles, layout } = units;
  if (layout.channels !== input.channels || layout.rows !== input.rows) return undefined;
  const rows = new AxisSpans(count, layout.rows);
  const columns = new AxisSpans(count, layout.columns);
  for (let unit = 0; unit < count; unit++) {
    const [rect, second] = rectangles(unit);
    if (!rect || second) return undefined;
    rows.add(unit, rect.top, rect.height);
    columns.add(unit, rect.left, rect.width);
  }
  return {
    intervals: [rows.intervals, columns.intervals],
    ofUnit: [rows.ofUnit, columns.ofUnit],
    units,
  };
}

class AxisSpans {
  readonly intervals: Interval[] = [];
  readonly ofUnit: Int32Array;
  readonly #known = new Map<number, number>();

  constructor(
    units: number,
    readonly size: number,
  ) {
    this.ofUnit = new Int32Array(units);
  }

  add(unit: number, first: number, length: number): void {
    const last = first + length - 1;
    const key = first * this.size + last;
    const index = this.#known.get(key) ?? this.intervals.push({ first, last }) - 1;
    this.#known.set(key, index);
    this.ofUnit[unit] = index;
  }
}

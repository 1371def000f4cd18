import type { Rect } from '../input/units.js';

/** Steps whose rectangles are equally large: they are computed as one batch. */
export interface Group {
  readonly height: number;
  readonly width: number;
  /** Steps in it, in order. */
  readonly steps: readonly number[];
  /** Row of the first one's first position; one rectangle's rows follow the other's. */
  readonly firstRow: number;
}

/** Where the patches of all steps of a value lie in memory. */
export interface PatchLayout {
  /** What each step computes; may be empty. */
  readonly rects: readonly Rect[];
  /** Row of each step's first position. */
  readonly rows: Int32Array;
  readonly groups: readonly Group[];
  /** Number of rows, all steps together. */
  readonly rowCount: number;
}

/** Lays the rectangles out by size. */
export function layOut(rects: readonly Rect[]): PatchLayout {
  const bySize = new Map<string, number[]>();
  for (const [step, { height, width }] of rects.entries()) {
    if (height < 1 || width < 1) continue;
    const key = `${height} ${width}`;
    const steps = bySize.get(key);
    if (steps) steps.push(step);
    else bySize.set(key, [step]);
  }
  const rows = new Int32Array(rects.length);
  const groups: Group[] = [];
  let rowCount = 0;
  for (const steps of bySize.values()) {
    const { height, width } = rects[steps[0] as number] as Rect;
    groups.push({ height, width, steps, firstRow: rowCount });
    for (const step of steps) {
      rows[step] = rowCount;
      rowCount += height * width;
    }
  }
  return { rects, rows, groups, rowCount };
}

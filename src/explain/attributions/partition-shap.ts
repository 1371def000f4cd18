import { z } from 'zod';
import type { Attribution } from './attribution.js';
import { type Coalition, everything, nothing } from './coalitions.js';
import { overCoalitions } from './over-coalitions.js';
import { OUTPUT } from './score.js';
import { CELLS, type Cells, gridSegments } from './segments.js';
import { BASELINE } from './starts.js';

export const PARTITION_SHAP = z.strictObject({
  cells: CELLS.default(4),
  baseline: BASELINE,
  output: OUTPUT,
});

/**
 * Owen values of the cells of a grid, which is halved again and again along its longer axis (rows first where both are
 * equally long), as in shap's partition explainer but exact: at every halving each half comes before or after the other
 * with probability 1/2. So a cell's value is the mean, over every choice of the halves that it is not in, of what it adds.
 * Values sum to f(x) - f(baseline).
 */
export function partitionShap(settings: z.infer<typeof PARTITION_SHAP>): Attribution {
  const { cells, output } = settings;
  return overCoalitions('partition-shap', settings, ({ network: { layout } }) => {
    const grid = gridSegments(layout, cells);
    const contexts = contextsOf(grid);
    return async (coalitions) => {
      const score = (rows: readonly Coalition[]) => coalitions.scores(rows, output);
      const [none = 0, all = 0] = await score([nothing(grid.count), everything(grid.count)]);
      return { values: await owenValues(contexts, score), expected: all - none };
    };
  });
}

/** For every cell, the coalitions of what it is not in: all ways to keep or drop the other halves, one list a cell. */
export function contextsOf({
  rows,
  columns,
  count,
}: Pick<Cells, 'rows' | 'columns' | 'count'>): Uint8Array[][] {
  const contexts: Uint8Array[][] = [];
  const divide = (area: Area, around: readonly Uint8Array[]) => {
    const [first, second] = halves(area);
    if (!first || !second) {
      contexts[area.top * columns + area.left] = [...around];
      return;
    }
    divide(first, both(around, second, columns));
    divide(second, both(around, first, columns));
  };
  divide({ top: 0, left: 0, rows, columns }, [new Uint8Array(count)]);
  return contexts;
}

interface Area {
  readonly top: number;
  readonly left: number;
  readonly rows: number;
  readonly columns: number;
}

/** The two halves of an area of several cells; the first one has the fewer ones. */
function halves({ top, left, rows, columns }: Area): Area[] {
  if (rows * columns === 1) return [];
  if (rows >= columns) {
    const upper = Math.floor(rows / 2);
    return [
      { top, left, rows: upper, columns },
      { top: top + upper, left, rows: rows - upper, columns },
    ];
  }
  const before = Math.floor(columns / 2);
  return [
    { top, left, rows, columns: before },
    { top, left: left + before, rows, columns: columns - before },
  ];
}

/** Coalitions without an area, and with it. */
function both(coalitions: readonly Uint8Array[], area: Area, columns: number): Uint8Array[] {
  return coalitions.flatMap((coalition) => {
    const more = coalition.slice();
    for (let row = area.top; row < area.top + area.rows; row++) {
      more.fill(1, row * columns + area.left, row * columns + area.left + area.columns);
    }
    return [coalition, more];
  });
}

/** The mean of what each cell adds to its contexts. */
export async function owenValues(
  contexts: readonly (readonly Uint8Array[])[],
  score: (rows: readonly Coalition[]) => Promise<Float64Array>,
): Promise<Float64Array> {
  const rows = contexts.flatMap((own, cell) => own.flatMap((context) => [context, withCell(context, cell)]));
  const scores = await score(rows);
  let at = 0;
  return Float64Array.from(contexts, (own) => {
    let sum = 0;
    for (let i = 0; i < own.length; i++, at += 2) sum += (scores[at + 1] as number) - (scores[at] as number);
    return sum / own.length;
  });
}

function withCell(context: Uint8Array, cell: number): Uint8Array {
  const more = context.slice();
  more[cell] = 1;
  return more;
}

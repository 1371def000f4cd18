import { z } from 'zod';
import type { Attribution } from './attribution.js';
import { everything, nothing } from './coalition.js';
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
  return overCoalitions('partition-shap', settings, ({ network: { layout } }) => {
    const grid = gridSegments(layout, settings.cells);
    const contexts = contextsOf(grid);
    const rows = [nothing(grid.count), ...pairsOf(contexts), everything(grid.count)];
    return () => ({
      rows,
      values(scores) {
        const [none = 0, all = 0] = [scores[0], scores.at(-1)];
        return { values: owenValues(contexts, scores.subarray(1, -1)), expected: all - none };
      },
    });
  });
}

/**
 * For every cell, the coalitions of what it is not in: all ways to keep or drop the other halves, one list a cell, in which
 * each differs from the one before in one half.
 */
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

/** Coalitions without an area and with it, in turn. */
function both(coalitions: readonly Uint8Array[], area: Area, columns: number): Uint8Array[] {
  return coalitions.flatMap((coalition, i) => {
    const more = coalition.slice();
    for (let row = area.top; row < area.top + area.rows; row++) {
      more.fill(1, row * columns + area.left, row * columns + area.left + area.columns);
    }
    return inTurn(i, coalition, more);
  });
}

/** The contexts of every cell without it and with it, in turn: the rows that {@link owenValues} needs the scores of. */
export function pairsOf(contexts: readonly (readonly Uint8Array[])[]): Uint8Array[] {
  return contexts.flatMap((own, cell) =>
    own.flatMap((context, i) => inTurn(i, context, withCell(context, cell))),
  );
}

/** Two in this order, or, where the one before ended with the second kind, the other way round. */
function inTurn<T>(i: number, first: T, second: T): [T, T] {
  return i % 2 === 0 ? [first, second] : [second, first];
}

/** The mean of what each cell adds to its contexts. */
export function owenValues(
  contexts: readonly (readonly Uint8Array[])[],
  scores: ArrayLike<number>,
): Float64Array {
  let at = 0;
  return Float64Array.from(contexts, (own) => {
    let sum = 0;
    for (let i = 0; i < own.length; i++, at += 2) {
      const [without, within] = inTurn(i, scores[at] as number, scores[at + 1] as number);
      sum += within - without;
    }
    return sum / own.length;
  });
}

function withCell(context: Uint8Array, cell: number): Uint8Array {
  const more = context.slice();
  more[cell] = 1;
  return more;
}

import { entryOf, shown } from '../evaluation/families/report-table.js';
import { type MethodRow, methodTable } from '../evaluation/families/rows.js';
import type { Bootstrap } from '../metrics/bootstrap.js';
import type { ResultTable } from '../report/html/data.js';
import type { CollectedRow } from './collect.js';

const GAP = 'gap';

/**
 * By network and method whose heatmaps should sum to what the output lost on the way to a baseline (SHAP's efficiency, the
 * completeness of integrated gradients): `gap`, the mean over images of |sum - expected| / |expected|.
 */
export function sumsOf(rows: readonly CollectedRow[], bootstrap: Bootstrap): MethodRow[] {
  const due = rows.flatMap(({ relevance: { sum, expected }, ...row }) =>
    expected ? [{ ...row, part: { [GAP]: Math.abs((sum - expected) / expected) } }] : [],
  );
  return methodTable(due, [{ id: GAP }], bootstrap);
}

/** The table of the report; none where no method has such a sum. */
export function sumTables(sums: readonly MethodRow[], networks: readonly string[]): ResultTable[] {
  if (sums.length === 0) return [];
  return [
    {
      title: 'Sums of heatmaps that should hold',
      note: '|Σ R − expected| / |expected|, with what the output loses from the input to the baseline as expected. Shapley and Owen values have it but for rounding, paths as nearly as their steps allow.',
      rows: 'method',
      columns: [{ title: 'relative gap', better: 'lower' }],
      entries: sums.map((row) => ({ ...entryOf(row, networks), cells: [shown(row.metrics[GAP])] })),
    },
  ];
}

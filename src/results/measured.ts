import type { TerminalRow } from '../evaluation/families/family.js';
import type { Measures } from '../evaluation/families/measures.js';
import type { MethodRow, Row } from '../evaluation/families/rows.js';
import type { MetricInfo } from '../metrics/metric.js';
import type { Finding } from './findings.js';

/** A metric that a run measured of its methods. */
export interface MeasuredMetric {
  readonly info: MetricInfo;
  /** Whether it is among those that a terminal shows. */
  readonly main: boolean;
  /** Whether a summary of all families ranks methods by it. */
  readonly ranked: boolean;
  /** A row a method and network, with the mean over images and its interval. */
  readonly rows: readonly MethodRow[];
  /** What every explanation has of it. */
  readonly values: readonly Row<Measures>[];
}

/** The metrics that a run measured of its methods, in the order of its files. */
export function measuredMetrics(findings: readonly Finding[]): MeasuredMetric[] {
  return findings.flatMap(({ family, found }) => {
    const table = family.terminal?.(found.sections);
    if (!table || !family.values) return [];
    const byMethod = table.rows.filter(isOfMethod);
    const values = found.rows.map((row) => ({ ...row, part: family.values?.(row.part) ?? {} }));
    const shown = new Set(table.columns.map(({ id }) => id));
    return family.metrics.flatMap((info): MeasuredMetric[] => {
      const rows = byMethod.filter(({ metrics }) => metrics[info.id]);
      const ranked = info.direction !== 'neutral' && (family.ranked?.includes(info.id) ?? true);
      return rows.length === 0 ? [] : [{ info, main: shown.has(info.id), ranked, rows, values }];
    });
  });
}

function isOfMethod(row: TerminalRow): row is MethodRow {
  return 'method' in row;
}

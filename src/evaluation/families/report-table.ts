import type { Estimate } from '../../metrics/estimate.js';
import type { MetricInfo } from '../../metrics/metric.js';
import type { ResultTable } from '../../report/html/data.js';
import type { Estimate as Shown } from '../../report/types.js';
import type { MethodKey, MethodRow } from './rows.js';

/** A table of the report with a row a method and a column a metric; none without rows. */
export function metricTable(
  title: string,
  metrics: readonly MetricInfo[],
  rows: readonly MethodRow[],
  networks: readonly string[],
): ResultTable[] {
  if (rows.length === 0) return [];
  const entries = rows.map((row) => ({
    ...entryOf(row, networks),
    cells: metrics.map(({ id }) => shown(row.metrics[id])),
  }));
  return [{ title, rows: 'method', columns: metrics.map(metricColumn), entries }];
}

/** What a row of a method is called; among those of its network where there are several. */
export function entryOf(
  { method, network }: MethodKey,
  networks: readonly string[],
): Pick<ResultTable['entries'][number], 'label' | 'network'> {
  return { label: method, ...(networks.length > 1 && { network }) };
}

/** The column of a metric. */
export function metricColumn({ label, source, direction }: MetricInfo): ResultTable['columns'][number] {
  return { title: label, note: source, ...(direction !== 'neutral' && { better: direction }) };
}

/** An estimate without what it lacks; where it has no interval, that is unknown. */
export function shown(estimate: Estimate | undefined): Shown | undefined {
  if (!estimate) return undefined;
  const { value, low, high, interval } = estimate;
  if (low === undefined || high === undefined) return { value, interval: 'unknown' };
  return { value, low, high, ...(interval && { interval }) };
}

/** A number without an interval. */
export function shownNumber(value: number | undefined): Shown | undefined {
  return value === undefined ? undefined : { value };
}

import type { MetricInfo } from '../../metrics/metric.js';
import type { ReportFinding } from '../../report/html/data.js';
import { estimateText } from './estimate-text.js';
import { shown } from './report-table.js';
import type { MethodRow } from './rows.js';

/** The means of a metric: a group a network, a bar a method. None without a value. */
export function metricFinding(
  title: string,
  { id, label, direction }: Pick<MetricInfo, 'id' | 'label' | 'direction'>,
  rows: readonly MethodRow[],
  sentences: readonly string[],
): ReportFinding | undefined {
  const measured = rows.filter(({ metrics }) => metrics[id]);
  const groups = [...new Set(measured.map(({ network }) => network))];
  const methods = [...new Set(measured.map(({ method }) => method))];
  if (groups.length === 0) return undefined;
  const of = (network: string, method: string) =>
    measured.find((row) => row.network === network && row.method === method)?.metrics[id];
  const series = methods.map((method) => ({
    label: method,
    bars: groups.map((network) => shown(of(network, method))),
  }));
  const chart = { title, x: label, groups, series };
  return { sentences, chart, ...(direction !== 'neutral' && { better: direction }) };
}

/** "On net, a has the highest Gini index of 3 methods: 0.8 [0.7, 0.9].", a sentence a network. */
export function leaderSentences(
  { id, label, direction }: Pick<MetricInfo, 'id' | 'label' | 'direction'>,
  rows: readonly MethodRow[],
): string[] {
  const measured = rows.filter(({ metrics }) => metrics[id]);
  return [...new Set(measured.map(({ network }) => network))].map((network) => {
    const own = measured.filter((row) => row.network === network);
    const value = ({ metrics }: MethodRow) =>
      (metrics[id]?.value as number) * (direction === 'lower' ? -1 : 1);
    const best = own.reduce((first, row) => (value(row) > value(first) ? row : first));
    const rank =
      own.length === 1
        ? `${best.method} has ${label}`
        : `${best.method} has the ${direction === 'lower' ? 'lowest' : 'highest'} ${label} of ${own.length} methods:`;
    return `On ${network}, ${rank} ${estimateText(best.metrics[id])}.`;
  });
}

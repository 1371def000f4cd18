import type { Called } from '../../input/called.js';
import { type Comparison, compare } from '../../metrics/comparison.js';
import type { MetricInfo } from '../../metrics/metric.js';
import { holm } from '../../metrics/statistics.js';
import type { ResultTable } from '../../report/html/data.js';
import { estimateText } from './estimate-text.js';
import type { Found } from './family.js';
import type { Measures } from './measures.js';
import { shown, shownNumber } from './report-table.js';
import { type Row, valuesByImage } from './rows.js';

/** How one method's heatmaps of two networks differ in a metric, over the images that both have. */
export interface NetworkComparison extends Comparison {
  readonly metric: string;
  readonly method: string;
  readonly first: string;
  readonly second: string;
  /** The p-value after Holm's correction over all methods and pairs of networks of the metric. */
  readonly adjustedPValue: number;
}

/** Compares every pair of networks image by image, metric by metric and method by method. */
export function compareNetworks(
  { rows, networks, statistics }: Pick<Found<unknown, Measures>, 'rows' | 'networks' | 'statistics'>,
  metrics: readonly MetricInfo[],
): NetworkComparison[] {
  const methods = [...new Set(rows.map(({ method }) => method))];
  const pairs = networks.flatMap((first, i) => networks.slice(i + 1).map((second) => ({ first, second })));
  return metrics.flatMap(({ id }) => {
    const compared = methods.flatMap((method) =>
      pairs.flatMap(({ first, second }) => {
        const own = (network: string): readonly Row<Measures>[] =>
          rows.filter((row) => row.network === network && row.method === method);
        const [before, after] = [valuesByImage(own(first), id), valuesByImage(own(second), id)];
        const images = [...before.keys()];
        const column = (values: ReadonlyMap<string, number>) => images.map((image) => values.get(image));
        const found = compare(column(before), column(after), statistics.bootstrap, statistics);
        return found ? [{ metric: id, method, first, second, ...found }] : [];
      }),
    );
    const adjusted = holm(compared.map(({ pValue }) => pValue));
    return compared.map((one, i) => ({ ...one, adjustedPValue: adjusted[i] as number }));
  });
}

/** A table a metric. */
export function networkTables(
  comparisons: readonly NetworkComparison[],
  metrics: readonly MetricInfo[],
  { samples }: Called,
): ResultTable[] {
  return metrics.flatMap(({ id, label }) => {
    const own = comparisons.filter(({ metric }) => metric === id);
    if (own.length === 0) return [];
    const entries = own.map(({ method, first, second, difference, adjustedPValue, effectSize }) => ({
      label: `${method}: ${first} − ${second}`,
      cells: [shown(difference), adjustedPValue.toPrecision(2), shownNumber(effectSize)],
    }));
    return [
      {
        title: `Networks compared: ${label}`,
        note: `The same ${samples} with two networks, paired; p after Holm's correction over the table; effect size: Cohen's d of the differences.`,
        rows: 'method and networks',
        columns: [{ title: 'difference' }, { title: 'p (Holm)' }, { title: 'effect size' }],
        entries,
      },
    ];
  });
}

/** A line a method and pair of networks, of one metric. */
export function networkNotes(
  comparisons: readonly NetworkComparison[],
  { id, label }: Pick<MetricInfo, 'id' | 'label'>,
): string[] {
  return comparisons
    .filter(({ metric }) => metric === id)
    .map(
      ({ method, first, second, difference, adjustedPValue }) =>
        `${label} of ${method}, ${first} minus ${second}: ${estimateText(difference)}, p ${Number(adjustedPValue.toPrecision(2))} (Holm)`,
    );
}

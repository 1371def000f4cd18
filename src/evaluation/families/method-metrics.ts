import type { MetricInfo } from '../../metrics/metric.js';
import type { Found, Summarised, TableFile } from './family.js';
import { type Measures, measuresSchema } from './measures.js';
import { leaderSentences, metricFinding } from './report-finding.js';
import { metricTable } from './report-table.js';
import { type MethodRow, methodTable } from './rows.js';

type MethodSection<Key extends string> = { readonly [key in Key]: readonly MethodRow[] };

/**
 * What becomes of the numbers of a family that records a value a metric: `KEY.csv` and a section of summary.json with the
 * mean of each metric by method, and the same table in the report and the terminal.
 */
export function methodMetrics<Key extends string>(key: Key, title: string, metrics: readonly MetricInfo[]) {
  const ids = metrics.map(({ id }) => id);
  type Sections = MethodSection<Key>;
  return {
    key,
    recordKey: key,
    recorded: measuresSchema,
    metrics,
    read: (recorded: Measures) => recorded,
    values: (part: Measures) => part,
    sections: [key],
    summarise: ({ rows, statistics }: Found<unknown, Measures>) =>
      ({ [key as string]: methodTable(rows, metrics, statistics.bootstrap) }) as unknown as Sections,
    tables: [
      { file: `${key}.csv`, section: key, keys: ['method', 'images'], metrics: () => ids },
    ] satisfies TableFile<unknown>[],
    report: ({ sections, networks }: Summarised<unknown, Measures, Sections>) => {
      const rows = sections[key];
      const first = metrics.find(({ id }) => rows.some((row) => row.metrics[id]));
      const finding = first && metricFinding(title, first, rows, leaderSentences(first, rows));
      return { ...(finding && { finding }), tables: metricTable(title, metrics, rows, networks) };
    },
    terminal: (sections: Sections) => {
      const rows = sections[key];
      const measured = Object.keys(rows[0]?.metrics ?? {});
      return { rows, columns: measured.map((id) => ({ id, title: id })), intervals: false };
    },
  };
}

import type { Measures } from '../evaluation/measures.js';
import type { BoxesConfig, Experiment } from '../experiment/config.js';
import type { CsvRow } from '../files/csv.js';
import { AOPC_METRICS } from '../metrics/aopc.js';
import type { Bootstrap, Estimate } from '../metrics/bootstrap.js';
import { aggregateRatios, BOX_METRICS } from '../metrics/boxes.js';
import { COMPLEXITY_METRICS } from '../metrics/complexity.js';
import type { Ranking } from '../metrics/ranking.js';
import { ROBUSTNESS_METRICS } from '../metrics/robustness.js';
import type { Collection, Row } from './collect.js';

/** A method's mean of each metric over images, with intervals. */
export interface MethodRow {
  readonly network: string;
  readonly method: string;
  /** Images that the method was measured on. */
  readonly images: number;
  readonly metrics: Readonly<Record<string, Estimate>>;
}

/** A class's outside-inside ratio and other box metrics over images, with intervals; class `all`: every class together. */
export interface ContextRow extends MethodRow {
  readonly class: string;
  /** Images whose ratio is undefined (no relevance inside). */
  readonly undefined: number;
}

/** A ranking of one network's methods by one metric. */
export type NetworkRanking = Ranking & { readonly network: string; readonly metric: string };

/** Class name in context.csv for all classes together. */
export const ALL = 'all';

export const RENDERING_COLUMNS = ['png_kb', 'jpeg_kb', 'image_entropy'] as const;

/** Groups rows by network and method, in order of appearance. */
export function groupRows<R extends Pick<Row, 'network' | 'method'>>(rows: readonly R[]): Map<string, R[]> {
  const groups = new Map<string, R[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.network, row.method]);
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return groups;
}

/** The AOPC family by network and method. */
export function aopcTable({ rows }: Collection, bootstrap: Bootstrap): MethodRow[] {
  const ids = AOPC_METRICS.map(({ id }) => id);
  return methodTable(rows, (row) => row.aopc, ids, bootstrap);
}

/** Heatmap complexity by network and method. */
export function complexityTable({ rows }: Collection, bootstrap: Bootstrap): MethodRow[] {
  const ids = [...COMPLEXITY_METRICS.map(({ id }) => id), ...RENDERING_COLUMNS];
  return methodTable(rows, (row) => row.complexity, ids, bootstrap);
}

/** Robustness of the explanations by network and method. */
export function robustnessTable({ rows }: Collection, bootstrap: Bootstrap): MethodRow[] {
  const ids = ROBUSTNESS_METRICS.map(({ id }) => id);
  return methodTable(rows, (row) => row.robustness, ids, bootstrap);
}

/** Box metrics by network, method and class, then over all classes. */
export function contextTable(
  { rows }: Collection,
  { metrics, aggregate }: Pick<BoxesConfig, 'metrics' | 'aggregate'>,
  bootstrap: Bootstrap,
): ContextRow[] {
  const measured = rows.filter(({ boxes }) => boxes !== undefined);
  const others = metrics.filter((id) => id !== 'outside-inside').map((id) => BOX_METRICS[id].id);
  return [...groupRows(measured).values()].flatMap((group) => {
    const classes = [...new Set(group.map((row) => row.class))].sort();
    return [...classes, ALL].map((name): ContextRow => {
      const own = name === ALL ? group : group.filter((row) => row.class === name);
      const { network, method } = own[0] as Row;
      const parts = own.flatMap(({ image, boxes }) =>
        boxes?.mean_outside === undefined || boxes.mean_inside === undefined
          ? []
          : [{ image, outside: boxes.mean_outside, inside: boxes.mean_inside }],
      );
      const ratio = metrics.includes('outside-inside')
        ? aggregateRatios(parts, aggregate, bootstrap)
        : undefined;
      return {
        network,
        method,
        class: name,
        images: new Set(own.map(({ image }) => image)).size,
        undefined:
          own.length - parts.filter(({ inside, outside }) => Number.isFinite(outside / inside)).length,
        metrics: {
          ...(ratio && { outside_inside: ratio }),
          ...estimates(own, (row) => row.boxes, others, bootstrap),
        },
      };
    });
  });
}

function methodTable(
  rows: readonly Row[],
  measures: (row: Row) => Measures | undefined,
  ids: readonly string[],
  bootstrap: Bootstrap,
): MethodRow[] {
  return [...groupRows(rows.filter((row) => measures(row) !== undefined)).values()].map((group) => {
    const { network, method } = group[0] as Row;
    const images = new Set(group.map(({ image }) => image)).size;
    return { network, method, images, metrics: estimates(group, measures, ids, bootstrap) };
  });
}

/** The mean of each metric over images; an image with several classes counts once, with its mean. */
export function estimates(
  rows: readonly Row[],
  measures: (row: Row) => Measures | undefined,
  ids: readonly string[],
  bootstrap: Bootstrap,
): Record<string, Estimate> {
  return Object.fromEntries(
    ids.flatMap((id) => {
      const byImage = valuesByImage(rows, (row) => measures(row)?.[id]);
      const estimate = bootstrap.mean([...byImage.values()]);
      return estimate ? [[id, estimate] as const] : [];
    }),
  );
}

/** One value an image: the mean over the image's rows that have one. */
export function valuesByImage(
  rows: readonly Row[],
  value: (row: Row) => number | undefined,
): Map<string, number> {
  const sums = new Map<string, { sum: number; count: number }>();
  for (const row of rows) {
    const own = value(row);
    if (own === undefined) continue;
    const { sum, count } = sums.get(row.image) ?? { sum: 0, count: 0 };
    sums.set(row.image, { sum: sum + own, count: count + 1 });
  }
  return new Map([...sums].map(([image, { sum, count }]) => [image, sum / count]));
}

/**
 * The methods next to one in its network's ranking by AOPC that it cannot be told from: better, worse, both or none.
 */
export function tiedNeighbours(
  rankings: readonly NetworkRanking[],
  { network, method }: Pick<MethodRow, 'method' | 'network'>,
): string[] {
  const ranking =
    rankings.find((one) => one.network === network && one.metric === 'aopc_morf')?.methods ?? [];
  const place = ranking.findIndex(({ id }) => id === method);
  const tiedWith = ranking[place]?.tiedWith ?? [];
  return [ranking[place - 1]?.id, ranking[place + 1]?.id].filter(
    (id) => id !== undefined && tiedWith.includes(id),
  ) as string[];
}

/** How a method is called in plots and in the report: with its network when there are several. */
export function seriesLabel(
  { networks }: Experiment,
  { method, network }: Pick<MethodRow, 'method' | 'network'>,
): string {
  return networks.length > 1 ? `${method} · ${network}` : method;
}

/** The labels of all methods, network by network. */
export function seriesLabels(experiment: Experiment): string[] {
  const { networks, methods } = experiment;
  return networks.flatMap(({ name }) =>
    methods.map((method) => seriesLabel(experiment, { method, network: name })),
  );
}

/** Columns of a table: its keys, then each metric with its interval. */
export function columnsOf(keys: readonly string[], metrics: readonly string[]): string[] {
  return [...keys, ...metrics.flatMap((id) => [id, ...intervalColumns(id)]), 'network'];
}

/** A table's row as it stands in the CSV file. */
export function csvRow({ metrics, ...keys }: MethodRow): CsvRow<string> {
  const cells = Object.entries(metrics).flatMap(([id, { value, low, high }]) => {
    const [lowColumn, highColumn] = intervalColumns(id);
    return [
      [id, value],
      [lowColumn, low],
      [highColumn, high],
    ];
  });
  return { ...keys, ...Object.fromEntries(cells) };
}

/** The outside-inside ratio is what context.csv is about: its interval needs no longer name (contract). */
function intervalColumns(id: string): [string, string] {
  return id === BOX_METRICS['outside-inside'].id ? ['ci_low', 'ci_high'] : [`${id}_ci_low`, `${id}_ci_high`];
}

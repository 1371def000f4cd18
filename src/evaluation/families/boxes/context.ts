import { type Called, counted } from '../../../input/called.js';
import { aggregateRatios, BOX_METRICS, type BoxMetricId } from '../../../metrics/boxes.js';
import type { BarChart, BarSeries } from '../../../report/types.js';
import { estimateText, numberText, studentMark, unknownMark } from '../estimate-text.js';
import type { Figure, Found, ReportTables, Summarised, TerminalTable } from '../family.js';
import type { Measures } from '../measures.js';
import { leaderSentences, metricFinding } from '../report-finding.js';
import { shown } from '../report-table.js';
import { estimates, groupBy, groupRows, type MethodRow, type Row } from '../rows.js';
import type { BoxesConfig } from './config.js';

/** A class's outside-inside ratio and other box metrics over images, with intervals; `total`: every class together. */
export interface ContextRow extends MethodRow {
  readonly class: string;
  readonly total?: true;
  /** Images that have a ratio where it is measured; else those with boxes of the class. */
  readonly images: number;
  /** Images whose ratio is undefined (no relevance inside). */
  readonly undefined: number;
}

/** What summary.json says of boxes: by network, method and class, then over all classes. */
export type BoxSections = { readonly context: readonly ContextRow[] };

/** Class name in context.csv for all classes together: `all`, unless a class is called so. */
function totalName(classes: readonly string[]): string {
  let name = 'all';
  while (classes.includes(name)) name = `${name} classes`;
  return name;
}

/** The metric whose images become one in a way of their own. */
export const RATIO = BOX_METRICS['outside-inside'].id;

/** The ratio of relevance that knows nothing of the boxes. */
const CHANCE = 1;

/** Box metrics by network, method and class, then over all classes. */
export function contextTable({ rows, config, statistics }: Found<BoxesConfig, Measures>): ContextRow[] {
  const { bootstrap } = statistics;
  const metrics = config.metrics.map((id) => BOX_METRICS[id]);
  const others = metrics.filter(({ id }) => id !== RATIO);
  const asked = others.length < metrics.length;
  const all = totalName(rows.map((row) => row.class));
  return [...groupRows(rows).values()].flatMap((group) => {
    const byClass = groupBy(group, (row) => row.class);
    const classes = [...byClass.keys()].sort();
    return [...classes, all].map((name): ContextRow => {
      const own = byClass.get(name) ?? group;
      const { network, method } = own[0] as Row<Measures>;
      const parts = own.flatMap(({ image, part: { mean_outside: outside, mean_inside: inside } }) =>
        outside === undefined || inside === undefined ? [] : [{ image, outside, inside }],
      );
      const ratio = asked && aggregateRatios(parts, config.aggregate, bootstrap);
      return {
        network,
        method,
        class: name,
        ...(name === all && { total: true }),
        images: asked ? (ratio ? ratio.images : 0) : new Set(own.map(({ image }) => image)).size,
        undefined:
          own.length - parts.filter(({ inside, outside }) => Number.isFinite(outside / inside)).length,
        metrics: { ...(ratio && { [RATIO]: ratio }), ...estimates(own, others, bootstrap) },
      };
    });
  });
}

/** Outside-inside ratio by class, a bar a method and network. */
export function contextFigures({
  config,
  sections,
  called,
  label,
}: Summarised<BoxesConfig, Measures, BoxSections>): Figure[] {
  const rows = sections.context.filter(({ total, metrics }) => !total && metrics[RATIO]);
  if (rows.length === 0) return [];
  const byClass = groupBy(rows, (row) => row.class);
  const series = [...groupBy(rows, label)].map(([name, own]): BarSeries => {
    const ratios = new Map(own.map((row) => [row.class, row.metrics[RATIO]]));
    return { label: name, bars: [...byClass.keys()].map((group) => shown(ratios.get(group))) };
  });
  const counts = [...byClass.values()].map((own) => spanOf(own.map(({ images }) => images)));
  const bars: BarChart = {
    title: 'Context: relevance outside against inside the boxes',
    x: `outside-inside ratio (${config.relevance} relevance)`,
    notes: marksOf(series, called),
    groups: [...byClass.keys()],
    counts,
    series,
    reference: CHANCE,
  };
  return [{ name: 'context', bars }];
}

/** What the boxes say over all classes: of several metrics the first. */
export function contextReport({
  config,
  sections: { context },
  networks,
  called,
}: Summarised<BoxesConfig, Measures, BoxSections>): ReportTables {
  const metric = BOX_METRICS[config.metrics[0] as BoxMetricId];
  const totals = context.filter(({ total }) => total);
  const sentences =
    metric.id === RATIO
      ? networks.flatMap((network) =>
          contextSentence(
            context.filter((row) => row.network === network),
            called,
          ),
        )
      : leaderSentences(metric, totals);
  const finding = metricFinding('Relevance and boxes, all classes together', metric, totals, sentences);
  if (!finding) return {};
  const reference = metric.id === RATIO ? { reference: CHANCE } : {};
  return { finding: { ...finding, chart: { ...finding.chart, ...reference } } };
}

/** Of a network's first method: "On net, a has an outside-inside ratio of 0.5 [0.4, 0.6]; by class from 2 (boat, 1 image) to 0.1 (cat, 9 images)." */
function contextSentence(rows: readonly ContextRow[], called: Called): string[] {
  const total = rows.find((row) => row.total && row.metrics[RATIO]);
  if (!total) return [];
  const { network, method, metrics } = total;
  const ratio = (row: ContextRow) => row.metrics[RATIO]?.value as number;
  const classes = rows
    .filter((row) => row.method === method && !row.total && row.metrics[RATIO])
    .sort((a, b) => ratio(b) - ratio(a));
  const end = (row: ContextRow) => `${numberText(ratio(row))} (${row.class}, ${counted(row.images, called)})`;
  const [largest, smallest] = [classes[0], classes.at(-1)];
  const span =
    largest && smallest && largest !== smallest ? `; by class from ${end(largest)} to ${end(smallest)}` : '';
  return [`On ${network}, ${method} has an outside-inside ratio of ${estimateText(metrics[RATIO])}${span}.`];
}

/** Numbers of images: one number where methods agree. */
function spanOf(counts: readonly number[]): string {
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return least === most ? String(least) : `${least} to ${most}`;
}

/** What error bars that are no bootstrap mean, and bars without one. */
function marksOf(series: readonly BarSeries[], called: Called): string[] {
  const kinds = new Set(series.flatMap(({ bars }) => bars.map((bar) => bar?.interval)));
  return [
    ...(kinds.has('student') ? [`dashed: ${studentMark(called)}`] : []),
    ...(kinds.has('unknown') ? [`?: ${unknownMark(called)}`] : []),
  ];
}

export function terminalTable({ context }: BoxSections): TerminalTable {
  const rows = context.filter(({ total }) => total);
  const columns = Object.keys(rows[0]?.metrics ?? {});
  return {
    rows,
    columns: columns.map((id) => ({ id, title: id.replaceAll('_', '-') })),
    intervals: true,
  };
}

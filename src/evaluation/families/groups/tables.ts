import { aggregateRatios, BOX_METRICS } from '../../../metrics/boxes.js';
import type { Estimate } from '../../../metrics/estimate.js';
import { SIGNED_UNIT_RANGE } from '../../../metrics/metric.js';
import { mean } from '../../../metrics/statistics.js';
import type { ResultTable } from '../../../report/html/data.js';
import type { BarChart } from '../../../report/types.js';
import { estimateText } from '../estimate-text.js';
import type { Figure, Found, ReportTables, Statistics, Summarised, TerminalTable } from '../family.js';
import type { Measures } from '../measures.js';
import { metricColumn, shown } from '../report-table.js';
import { type Averaged, estimateOf, estimates, groupRows, type MethodRow, type Row } from '../rows.js';
import type { Groups } from './config.js';
import type { Removal } from './removal.js';

/** What is known of one explanation. */
export interface GroupPart {
  /** Mean relevance a place outside and inside, by group in the order of the config. */
  readonly ratios: readonly Measures[];
  /** The same for all methods of a sample. */
  readonly removal: Removal | undefined;
}

/** A method's relevance on a group. */
export interface GroupRow extends MethodRow {
  readonly group: string;
}

/** What a network loses without a group; the same for all methods. */
export interface RemovalRow extends Omit<MethodRow, 'method'> {
  readonly group: string;
  readonly channels: number;
}

export type GroupSections = { readonly groups: readonly GroupRow[]; readonly removal: readonly RemovalRow[] };

type Results = Summarised<Groups, GroupPart, GroupSections>;

const RATIO = BOX_METRICS['outside-inside'];
const SHARE = BOX_METRICS['inside-total'];
/** Metrics of {@link GroupRow}. */
export const GROUP_METRICS = [RATIO, SHARE];

/** Metrics of {@link RemovalRow}, in the order of columns. */
export const REMOVAL_METRICS = [
  { id: 'accuracy', label: 'accuracy', share: true },
  { id: 'accuracy_without', label: 'without the group', share: true },
  { id: 'accuracy_without_random', label: 'without as many others', share: true },
  { id: 'accuracy_change', label: 'change', range: SIGNED_UNIT_RANGE },
  { id: 'accuracy_change_vs_random', label: 'change against as many others', range: SIGNED_UNIT_RANGE },
  { id: 'score_loss', label: 'loss of score' },
  { id: 'score_loss_vs_random', label: 'against as many others' },
] as const satisfies readonly (Averaged & { readonly label: string })[];
type RemovalMetric = (typeof REMOVAL_METRICS)[number]['id'];

/** Ratio and share of every group, by network and method. */
export function groupTable({ rows, config, statistics }: Found<Groups, GroupPart>): GroupRow[] {
  const { bootstrap } = statistics;
  return [...groupRows(rows).values()].flatMap((own) =>
    Object.keys(config).map((group, g): GroupRow => {
      const { network, method } = own[0] as Row<GroupPart>;
      const measured = own.map((row) => ({ ...row, part: row.part.ratios[g] ?? {} }));
      const parts = measured.flatMap(({ image, part: { mean_outside: outside, mean_inside: inside } }) =>
        outside === undefined || inside === undefined ? [] : [{ image, outside, inside }],
      );
      const ratio = aggregateRatios(parts, 'mean-of-ratios', bootstrap);
      const images = new Set(own.map(({ image }) => image)).size;
      return {
        network,
        method,
        group,
        images,
        metrics: { ...(ratio && { [RATIO.id]: ratio }), ...estimates(measured, [SHARE], bootstrap) },
      };
    }),
  );
}

/** What every network loses without a group, over images. */
export function removalTable({ rows, config, networks, statistics }: Found<Groups, GroupPart>): RemovalRow[] {
  return networks.flatMap((network) => {
    const own = rows.filter((row) => row.network === network && row.part.removal);
    const byImage = new Map(own.map(({ image, part }) => [image, part.removal as Removal]));
    if (byImage.size === 0) return [];
    return Object.entries(config).map(([group, channels], g) => ({
      network,
      group,
      channels: channels.length,
      images: byImage.size,
      metrics: removalEstimates(
        [...byImage.values()].map((removal) => removalValues(removal, g)),
        statistics,
      ),
    }));
  });
}

/** Every removal metric of one image that has a value. */
function removalValues({ whole, groups }: Removal, g: number): Partial<Record<RemovalMetric, number>> {
  const { without, random } = groups[g] as Removal['groups'][number];
  const right = (outcome: Removal['whole']) =>
    outcome.right === undefined ? undefined : Number(outcome.right);
  const randomly = (of: (outcome: Removal['whole']) => number | undefined) => {
    const values = random.map(of);
    return values.every((value) => value !== undefined) ? mean(values as number[]) : undefined;
  };
  const minus = (a: number | undefined, b: number | undefined) =>
    a === undefined || b === undefined ? undefined : a - b;
  const scoreWithoutRandom = randomly(({ score }) => score);
  const values: Record<RemovalMetric, number | undefined> = {
    accuracy: right(whole),
    accuracy_without: right(without),
    accuracy_without_random: randomly(right),
    accuracy_change: minus(right(without), right(whole)),
    accuracy_change_vs_random: minus(right(without), randomly(right)),
    score_loss: whole.score - without.score,
    score_loss_vs_random: minus(scoreWithoutRandom, without.score),
  };
  return values as Partial<Record<RemovalMetric, number>>;
}

function removalEstimates(
  images: readonly Partial<Record<RemovalMetric, number>>[],
  { bootstrap }: Statistics,
): Record<string, Estimate> {
  return Object.fromEntries(
    REMOVAL_METRICS.flatMap((metric) => {
      const { id } = metric;
      const values = images.flatMap((image) => image[id] ?? []);
      const estimate = estimateOf(metric, values, bootstrap);
      return estimate ? [[id, estimate] as const] : [];
    }),
  );
}

export function groupFigures({ sections: { groups, removal }, networks, label }: Results): Figure[] {
  const names = [...new Set(groups.map(({ group }) => group))];
  const series = [...new Set(groups.map(label))].map((name) => ({
    label: name,
    bars: names.map((group) =>
      shown(groups.find((row) => row.group === group && label(row) === name)?.metrics[RATIO.id]),
    ),
  }));
  const ratios: BarChart = {
    title: 'Groups of channels: relevance outside against inside',
    x: 'outside-inside ratio (positive relevance); below 1, the group has more than its share',
    groups: names,
    series,
    reference: 1,
  };
  return [
    ...(groups.length > 0 ? [{ name: 'groups', bars: ratios }] : []),
    ...networks.flatMap((network) => removalFigure(removal, network, networks.length > 1)),
  ];
}

const ACCURACIES = [
  ['accuracy', 'intact'],
  ['accuracy_without', 'without the group'],
  ['accuracy_without_random', 'without as many other channels'],
] as const;

function removalFigure(removal: readonly RemovalRow[], network: string, several: boolean): Figure[] {
  const own = removal.filter((row) => row.network === network && row.metrics.accuracy);
  if (own.length === 0) return [];
  const bars: BarChart = {
    title: `Accuracy without groups of channels${several ? ` · ${network}` : ''}`,
    x: 'accuracy',
    groups: own.map(({ group }) => group),
    counts: own.map(({ images }) => String(images)),
    series: ACCURACIES.map(([id, name]) => ({
      label: name,
      bars: own.map(({ metrics }) => shown(metrics[id])),
    })),
  };
  return [{ name: 'groups-removed', network, bars }];
}

export function groupReport({
  sections: { groups, removal },
  config,
  networks,
  label,
}: Results): ReportTables {
  const names = Object.keys(config);
  const ofGroups = GROUP_METRICS.map((metric): ResultTable => {
    const { note } = metricColumn(metric);
    return {
      title: `${metric.label} of groups of channels (positive relevance)`,
      ...(note !== undefined && { note }),
      rows: 'method',
      columns: names.map((title) => ({ title })),
      entries: [...new Set(groups.map(label))].map((name) => ({
        label: name,
        cells: names.map((group) =>
          shown(groups.find((row) => row.group === group && label(row) === name)?.metrics[metric.id]),
        ),
      })),
    };
  });
  const ofRemoval: ResultTable = {
    title: 'Without groups of channels',
    note: 'All channels of a group replaced at once; as many of the other channels, drawn at random, for comparison.',
    rows: 'group',
    columns: REMOVAL_METRICS.map((metric) => ({ title: metric.label })),
    entries: removal.map(({ group, network, metrics }) => ({
      label: networks.length > 1 ? `${group} · ${network}` : group,
      cells: REMOVAL_METRICS.map(({ id }) => shown(metrics[id])),
    })),
  };
  return { tables: [...(groups.length > 0 ? ofGroups : []), ...(removal.length > 0 ? [ofRemoval] : [])] };
}

/** A row a method, a column a group. */
export function groupTerminal({ groups }: GroupSections): TerminalTable {
  const names = [...new Set(groups.map(({ group }) => group))];
  return {
    rows: [...groupRows(groups).values()].map((own) => ({
      ...(own[0] as GroupRow),
      metrics: Object.fromEntries(
        own.flatMap(({ group, metrics }) =>
          metrics[RATIO.id] ? [[group, metrics[RATIO.id] as Estimate]] : [],
        ),
      ),
    })),
    columns: names.map((name) => ({ id: name, title: `outside-inside ${name}` })),
    intervals: true,
  };
}

/** A line a group that was removed. */
export function removalNotes({ removal }: GroupSections): string[] {
  return removal.map(({ network, group, channels, metrics }) => {
    const {
      accuracy,
      accuracy_without: without,
      accuracy_without_random: random,
      score_loss: loss,
    } = metrics;
    const others = random ? `, without as many others ${estimateText(random)}` : '';
    return accuracy && without
      ? `${network} without the ${channels} channels of ${group}: accuracy ${estimateText(without)}${others}, with all ${estimateText(accuracy)}`
      : `${network} without the ${channels} channels of ${group}: score falls by ${estimateText(loss)}`;
  });
}

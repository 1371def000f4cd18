import { type Called, capitalised, counted } from '../../../input/called.js';
import { divisionOf } from '../../../input/kinds.js';
import { AOPC_METRICS } from '../../../metrics/aopc.js';
import type { ReportFinding, ResultTable } from '../../../report/html/data.js';
import type { ReportTables, Summarised, TerminalTable } from '../family.js';
import { leaderSentences, metricFinding } from '../report-finding.js';
import { entryOf, metricColumn, shown, shownNumber } from '../report-table.js';
import { groupBy, groupRows, type MethodRow } from '../rows.js';
import { ACCURACY, type AccuracyRow } from './accuracy.js';
import type { PerturbationConfig } from './config.js';
import type { Perturbed } from './part.js';
import { RANDOM } from './perturb.js';
import { listedTies, type NetworkRanking, rankingNotes } from './rankings.js';
import { type RatioRow, ratioNotes, SHARE, VERSUS_RANDOM } from './ratios.js';

/** What summary.json says of perturbation. */
export type PerturbationSections = {
  /** The AOPC family by network and method. */
  readonly methods: readonly MethodRow[];
  /** By network: methods from best to worst, with ties and every paired comparison. */
  readonly rankings: readonly NetworkRanking[];
  /** By network: how much of the first method's AOPC relative to random the others reach. */
  readonly ratios: readonly RatioRow[];
  /** By network, method and order: accuracy after so many steps, where it is followed. */
  readonly accuracyBySteps: readonly AccuracyRow[];
};

type Results = Summarised<PerturbationConfig, Perturbed, PerturbationSections>;

export function reportTables(results: Results): ReportTables {
  const [scores, finding] = [scoreTable(results), findingOf(results)];
  return {
    ...(finding && { finding }),
    ...(scores && { scores }),
    tables: [...ratioTables(results), ...accuracyTables(results), ...comparisonTables(results)],
  };
}

/** Which method is best by the first metric of the family that was measured, and who is as good. */
function findingOf({
  sections: { methods, rankings },
  networks,
  called,
}: Results): ReportFinding | undefined {
  const metric = AOPC_METRICS.find(({ id }) => methods.some(({ metrics }) => metrics[id]));
  if (!metric) return undefined;
  const sentences = networks.flatMap((network) => {
    const own = methods.filter((row) => row.network === network);
    const ranking = rankings.find((one) => one.network === network && one.metric === metric.id);
    return [...leaderSentences(metric, own), ...tieSentences(ranking, called)].join(' ');
  });
  return metricFinding('Area over the perturbation curve', metric, methods, sentences);
}

/** Whether the best method is better than the others, where that was tested. */
function tieSentences(ranking: NetworkRanking | undefined, { samples }: Called): string[] {
  const [best, ...others] = ranking?.methods ?? [];
  if (!ranking || !best) return [];
  const { images, fewest } = ranking;
  if (images < fewest)
    return [`Too few ${samples} to separate any of the methods: ${images}, and it takes ${fewest}.`];
  if (best.tiedWith.length === 0) return ['A paired test separates it from every other.'];
  if (best.tiedWith.length === others.length) return ['A paired test does not separate it from any other.'];
  const separated = others.flatMap(({ id }) => (best.tiedWith.includes(id) ? [] : [id]));
  return separated.length < best.tiedWith.length
    ? [`A paired test separates it only from ${listed(separated, 'and')}.`]
    : [`A paired test does not separate it from ${listed(best.tiedWith, 'or')}.`];
}

/** A sentence names so many methods at most. */
const NAMED = 5;

/** "a, b or c"; of many names the first, and how many others there are. */
function listed(names: readonly string[], last: string): string {
  const others = names.length - NAMED;
  const shown =
    others > 1 ? [...names.slice(0, NAMED), `${others} others (the table of methods says which)`] : names;
  return [shown.slice(0, -1).join(', '), shown.at(-1)].filter(Boolean).join(` ${last} `);
}

function scoreTable({ sections: { methods, rankings }, networks, called }: Results): ResultTable | undefined {
  if (methods.length === 0) return undefined;
  const measured = AOPC_METRICS.filter(({ id }) => methods.some(({ metrics }) => metrics[id]));
  const entries = methods.map(withoutItself).map((row) => ({
    ...entryOf(row, networks),
    cells: measured.map(({ id }) => shown(row.metrics[id])),
    tiedWith: listedTies(rankings, row),
  }));
  return {
    title: 'Area over the perturbation curve (AOPC)',
    ...(entries.some(({ tiedWith }) => tiedWith.length > 0) && {
      note: [
        'Tied: methods that a paired test of AOPC (MoRF) does not separate.',
        ...rankingNotes(rankings, called).map((note) => `${capitalised(note)}.`),
      ].join(' '),
    }),
    rows: 'method',
    columns: measured.map(metricColumn),
    entries,
  };
}

function ratioTables({ sections: { ratios }, networks, called }: Results): ResultTable[] {
  if (ratios.length === 0) return [];
  return [
    {
      title: 'AOPC (MoRF) minus random: how much of the first method’s the others reach',
      note: `Ratio of the means over ${called.samples}, with the bootstrap interval of the ratio.`,
      rows: 'method',
      columns: [{ title: 'divided by that of' }, { title: 'ratio' }],
      entries: ratios.map((row) => ({
        ...entryOf(row, networks),
        cells: [row.reference, shown(row.metrics[SHARE])],
      })),
    },
  ];
}

const ORDER_WORDS = {
  morf: (units: string) => `most relevant ${units} replaced first`,
  lerf: (units: string) => `least relevant ${units} replaced first`,
  insertion: (units: string) => `most relevant ${units} put back first`,
};

/** Accuracy by step, a table an order. */
function accuracyTables({ config, sections: { accuracyBySteps }, networks, called }: Results): ResultTable[] {
  const units = divisionOf(config.region).plural(called);
  return [...groupBy(accuracyBySteps, ({ order }) => order)].map(([order, rows]) => ({
    title: `Accuracy after so many steps: ${ORDER_WORDS[order](units)}`,
    rows: 'method',
    columns: [...new Set(rows.map(({ step }) => step))].map((step) => ({ title: String(step) })),
    entries: [...groupRows(rows).values()].map((own) => ({
      ...entryOf(own[0] as AccuracyRow, networks),
      cells: own.map(({ metrics }) => shown(metrics[ACCURACY])),
    })),
  }));
}

/** What a terminal says besides. */
export function terminalNotes({ rankings, ratios }: PerturbationSections, called: Called): string[] {
  return [...ratioNotes(ratios), ...rankingNotes(rankings, called)];
}

function comparisonTables({ sections: { rankings }, networks, called }: Results): ResultTable[] {
  return rankings
    .filter(({ comparisons }) => comparisons.length > 0)
    .map(({ network, metric, comparisons, images }) => ({
      title: `Paired comparisons: ${[labelOfMetric(metric), ...(networks.length > 1 ? [network] : [])].join(', ')}`,
      note: `${counted(images, called)}; p after Holm's correction over the table; effect size: Cohen's d of the differences.`,
      rows: 'methods',
      columns: [{ title: 'difference' }, { title: 'p (Holm)' }, { title: 'effect size' }],
      entries: comparisons.map(({ first, second, difference, adjustedPValue, effectSize }) => ({
        label: `${first} − ${second}`,
        cells: [shown(difference), adjustedPValue.toPrecision(2), shownNumber(effectSize)],
      })),
    }));
}

function labelOfMetric(metric: string): string {
  return AOPC_METRICS.find(({ id }) => id === metric)?.label ?? metric;
}

/** A row as it is shown: what random is beyond itself is no result. Files have it, 0. */
function withoutItself(row: MethodRow): MethodRow {
  if (row.method !== RANDOM) return row;
  const { [VERSUS_RANDOM]: _, ...metrics } = row.metrics;
  return { ...row, metrics };
}

/** The AOPC metrics that fit a terminal; all of them stand in aopc.csv. */
const SHOWN = ['aopc_morf', 'aopc_lerf', 'abpc', VERSUS_RANDOM];

export function terminalTable({ methods, rankings }: PerturbationSections): TerminalTable {
  const columns = AOPC_METRICS.filter(
    ({ id }) => SHOWN.includes(id) && methods.some(({ metrics }) => metrics[id]),
  );
  return {
    rows: methods.map(withoutItself),
    columns: columns.map(({ id, label, direction }) => ({ id, title: label, direction })),
    intervals: true,
    ties: { title: 'AOPC tied with', of: (row) => listedTies(rankings, row) },
  };
}

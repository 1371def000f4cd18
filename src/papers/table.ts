import { calledOf } from '../datasets/kinds.js';
import { InputError } from '../errors.js';
import { BOOTSTRAP, studentMark, unknownMark } from '../evaluation/families/estimate-text.js';
import { groupRows, valuesByImage } from '../evaluation/families/rows.js';
import type { Experiment } from '../experiment/config.js';
import type { Called } from '../input/called.js';
import { type Estimate, intervalOf } from '../metrics/estimate.js';
import type { MetricInfo } from '../metrics/metric.js';
import { rankMethods } from '../metrics/ranking.js';
import { chosenNames } from '../names.js';
import { columnFormat } from '../report/numbers.js';
import { findingsOf, statisticsOf } from '../results/findings.js';
import type { FinishedRun } from '../results/finished.js';
import { type MeasuredMetric, measuredMetrics } from '../results/measured.js';
import { metricRanks } from '../results/ranks.js';

/** A table of a run for print: methods as rows, metrics as columns. */
export interface PaperTable {
  /** What a reader must know of it, a sentence each. */
  readonly notes: readonly string[];
  readonly intervals: boolean;
  readonly columns: readonly PaperColumn[];
  /** One a network. */
  readonly groups: readonly { readonly network: string; readonly rows: readonly PaperRow[] }[];
}

export interface PaperColumn extends Pick<MetricInfo, 'id' | 'label' | 'direction'> {
  /** A number of the column as text, as {@link columnFormat} writes it. */
  format(value: number): string;
}

export interface PaperRow {
  readonly method: string;
  /** Images that have numbers of it. */
  readonly images: number;
  /** One a column. */
  readonly cells: readonly (PaperCell | undefined)[];
}

export interface PaperCell {
  readonly estimate: Estimate;
  /** Whether nothing is better: the best of its column and network, or tied with it. */
  readonly best: boolean;
}

export interface TableChoice {
  /** With commas between them; by default all, and those that a terminal shows. */
  readonly methods?: string | undefined;
  readonly metrics?: string | undefined;
  /** Whether intervals stand beside values; a CSV file always has them. */
  readonly intervals: boolean;
  /** Whether ranks stand in the place of values; default false. */
  readonly ranks?: boolean;
}

/** Makes the table. @throws InputError for a method or metric that the run does not have, and ranks by a metric without a better end */
export function paperTable(
  run: FinishedRun,
  { methods, metrics, intervals, ranks = false }: TableChoice,
): PaperTable {
  const { experiment } = run.record;
  const called = calledOf(experiment.dataset.type);
  const measured = measuredMetrics(findingsOf(run.record, run.collection, run.selection));
  const main = measured.filter((metric) => (ranks ? metric.ranked : metric.main)).map(({ info }) => info.id);
  const ids = measured.map(({ info }) => info.id);
  const chosen = (metrics === undefined ? main : chosenNames('--metrics', metrics, ids)).map(
    (id) => measured.find(({ info }) => info.id === id) as MeasuredMetric,
  );
  const neutral = chosen.find(({ info }) => info.direction === 'neutral');
  if (ranks && neutral)
    throw new InputError(`--ranks: expected metrics with a better end, got ${neutral.info.id}`);
  const rows = chosenNames('--methods', methods, experiment.methods);
  const groups = experiment.networks.map(({ name: network }) => {
    if (ranks) return { network, rows: rankRows(chosen, network, rows, run) };
    const best = chosen.map((metric) => bestOf(metric, network, rows, run));
    return {
      network,
      fewest: Math.max(0, ...best.map(({ fewest = 0 }) => fewest)),
      rows: rows.map((method): PaperRow => {
        const estimates = chosen.map(({ rows: all, info }) => {
          const row = all.find((one) => one.method === method && one.network === network);
          return { images: row?.images ?? 0, estimate: row?.metrics[info.id] };
        });
        return {
          method,
          images: Math.max(0, ...estimates.map(({ images }) => images)),
          cells: estimates.map(
            ({ estimate }, i) => estimate && { estimate, best: best[i]?.methods.has(method) ?? false },
          ),
        };
      }),
    };
  });
  const estimates = groups.flatMap((group) =>
    group.rows.map(({ cells }) => cells.map((cell) => cell?.estimate)),
  );
  return {
    notes: ranks
      ? rankNotes(run, intervals, called)
      : [
          ...notesOf(run, intervals ? estimates.flat() : undefined, called),
          ...fewNote(Math.max(0, ...groups.map(({ fewest = 0 }) => fewest)), rows.length, called),
        ],
    intervals,
    columns: chosen.map(({ info: { id, label, direction } }, i) => ({
      id,
      label,
      direction,
      format: ranks ? String : columnFormat(estimates.flatMap((row) => row[i]?.value ?? [])),
    })),
    groups,
  };
}

/** Why everything may be bold. */
function fewNote(fewest: number, methods: number, { samples }: Called): string[] {
  if (fewest === 0) return [];
  return [
    `All of a column is bold where it has fewer than ${fewest} ${samples}: they cannot separate ${methods} methods.`,
  ];
}

/** The methods of a column that are bold; where its images are too few to separate any, how many it would take at least. */
interface Best {
  readonly methods: ReadonlySet<string>;
  readonly fewest?: number;
}

/** Ranks among some methods; bold are those that no method is found better than. */
function rankRows(
  chosen: readonly MeasuredMetric[],
  network: string,
  methods: readonly string[],
  { record: { experiment }, selection }: FinishedRun,
): PaperRow[] {
  const statistics = statisticsOf(experiment, [selection]);
  const ranked = chosen.map(({ info, values }) =>
    metricRanks(
      { info, values: values.filter(({ method }) => methods.includes(method)) },
      network,
      statistics,
    ),
  );
  return methods.map((method) => {
    const cells = ranked.map(({ images, methods: own }): PaperCell | undefined => {
      const found = own.find(({ id }) => id === method);
      if (!found) return undefined;
      const { rank, first, last } = found;
      return {
        estimate: { images, value: rank, low: first, high: last, interval: 'ties' },
        best: first === 1,
      };
    });
    return { method, images: Math.max(0, ...cells.map((cell) => cell?.estimate.images ?? 0)), cells };
  });
}

function rankNotes(
  { record: { experiment, heatproof } }: FinishedRun,
  intervals: boolean,
  { samples }: Called,
): string[] {
  const level = Number((1 - experiment.statistics.level).toPrecision(3));
  return [
    `Run ${experiment.name}, heatproof ${heatproof}.`,
    `Ranks of the means over ${samples} that all methods have, 1 is best${intervals ? '; in brackets the ranks that ties leave open' : ''}.`,
    `Bold: no method is better by a paired permutation test (Holm, level ${level}).`,
  ];
}

/**
 * The best of some methods, and those that a paired permutation test with Holm's correction does not separate from it; none
 * where no end is better, or there is nothing to compare.
 */
function bestOf(
  { info, values }: MeasuredMetric,
  network: string,
  methods: readonly string[],
  { record: { experiment }, selection }: FinishedRun,
): Best {
  const own = values.filter(
    (row) => row.network === network && methods.includes(row.method) && row.part[info.id] !== undefined,
  );
  const images = [...new Set(own.map(({ image }) => image))];
  const columns = new Map(
    [...groupRows(own).values()].map((group) => {
      const byImage = valuesByImage(group, info.id);
      return [group[0]?.method ?? '', images.map((image) => byImage.get(image))] as const;
    }),
  );
  if (info.direction === 'neutral' || columns.size < 2) return { methods: new Set() };
  const { bootstrap, seed, confidence, fixedSample } = statisticsOf(experiment, [selection]);
  const test = { seed, level: 1 - confidence, fixedSample };
  const ranking = rankMethods(columns, info.direction, bootstrap, test);
  const [first] = ranking.methods;
  if (!first) return { methods: new Set() };
  return {
    methods: new Set([first.id, ...first.tiedWith]),
    ...(ranking.images < ranking.fewest && { fewest: ranking.fewest }),
  };
}

/** @param estimates those whose intervals are shown, where they are */
function notesOf(
  { record: { experiment, heatproof } }: FinishedRun,
  estimates: readonly (Estimate | undefined)[] | undefined,
  called: Called,
): string[] {
  const { level } = experiment.statistics;
  return [
    `Run ${experiment.name}, heatproof ${heatproof}.`,
    estimates ? intervalNote(experiment, estimates, called) : `Means over ${called.samples}.`,
    `Bold: the best of a column, and what a paired permutation test (Holm, level ${Number((1 - level).toPrecision(3))}) does not separate from it.`,
  ];
}

function intervalNote(
  { statistics: { level, interval } }: Experiment,
  estimates: readonly (Estimate | undefined)[],
  called: Called,
) {
  const kinds = new Set(estimates.flatMap((estimate) => (estimate ? [intervalOf(estimate)] : [])));
  const marks = [
    `${BOOTSTRAP[interval]} bootstrap`,
    ...(kinds.has('student') ? [`t: ${studentMark(called)}`] : []),
    ...(kinds.has('wilson') ? ["shares: Wilson's interval"] : []),
    ...(kinds.has(undefined) ? [`?: ${unknownMark(called)}`] : []),
  ];
  return `Means over ${called.samples} with ${100 * level} % intervals (${marks.join('; ')}).`;
}

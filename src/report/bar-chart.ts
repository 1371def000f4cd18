import type { BarChart } from './types.js';

/** So many bars fit a chart. */
const MOST_BARS = 240;

/**
 * The chart as it is shown: its groups by the first series' value, largest first and those without one last; as many as
 * fit, and a note on the rest.
 */
export function arranged(chart: BarChart): BarChart {
  const { groups, counts, series, notes = [] } = chart;
  const value = (group: number) => series[0]?.bars[group]?.value ?? Number.NEGATIVE_INFINITY;
  const order = [...groups.keys()].sort((a, b) => value(b) - value(a) || a - b);
  const shown = order.slice(0, Math.max(1, Math.floor(MOST_BARS / series.length)));
  const of = <T>(values: readonly T[]) => shown.map((group) => values[group] as T);
  const rest = `the ${shown.length} largest of ${groups.length}; the tables have all`;
  return {
    ...chart,
    groups: of(groups),
    ...(counts && { counts: of(counts) }),
    series: series.map((one) => ({ ...one, bars: of(one.bars) })),
    notes: shown.length < groups.length ? [...notes, rest] : notes,
  };
}

/** From the least to the largest value of a chart, zero, its reference and all intervals included. */
export function reachOf({ series, reference = 0 }: BarChart): readonly [low: number, high: number] {
  const ends = series
    .flatMap(({ bars }) => bars)
    .flatMap((bar) => (bar ? [bar.value, bar.low ?? bar.value, bar.high ?? bar.value] : []))
    .filter(Number.isFinite);
  return [
    ends.reduce((least, end) => Math.min(least, end), Math.min(0, reference)),
    ends.reduce((most, end) => Math.max(most, end), Math.max(0, reference)),
  ];
}

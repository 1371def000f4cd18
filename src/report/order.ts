import type { BarSeries } from './types.js';

/** The groups of a bar chart by the first series' value, largest first; groups without a value come last. */
export function sortedGroups(count: number, series: BarSeries | undefined): number[] {
  const value = (group: number) => series?.bars[group]?.value ?? Number.NEGATIVE_INFINITY;
  return Array.from({ length: count }, (_, group) => group).sort((a, b) => value(b) - value(a) || a - b);
}

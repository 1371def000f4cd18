/** How a series is told from others: by colour, and for readers or printers without colours by dashes and markers. */
export interface SeriesStyle {
  color: string;
  dash: readonly number[];
  marker: 'circle' | 'triangle' | 'rect' | 'rectRot' | 'crossRot' | 'star';
}

/** Okabe and Ito's colour-blind-safe palette, without the yellow that white paper swallows. */
const COLORS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00', '#000000'];
const DASHES = [[], [8, 3], [2, 2], [8, 3, 2, 3], [4, 2]];
const MARKERS = ['circle', 'triangle', 'rect', 'rectRot', 'crossRot', 'star'] as const;

/** The style of the series at an index; the same index looks the same in every chart and in the report. */
export function seriesStyle(index: number): SeriesStyle {
  // The three lengths share no factor, so 210 series differ.
  const at = <T>(table: readonly T[]) => table[index % table.length] as T;
  return { color: at(COLORS), dash: at(DASHES), marker: at(MARKERS) };
}

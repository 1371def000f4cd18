/** How a series is told from others: by colour, and for readers or printers without colours by dashes and markers. */
export interface SeriesStyle {
  /** Index into {@link SERIES_COLORS}. */
  hue: number;
  /** The colour on white. */
  color: string;
  dash: readonly number[];
  marker: Marker;
}

export type Marker = 'circle' | 'triangle' | 'rect' | 'rectRot' | 'crossRot' | 'star' | 'cross';

/**
 * Okabe and Ito's colour-blind-safe palette, without the yellow that white paper swallows; on a dark ground the same
 * hues, lighter, with white in the place of black. Grey comes last: experiments often end with their random baseline.
 */
export const SERIES_COLORS = [
  { light: '#0072b2', dark: '#4f9ddb' },
  { light: '#d55e00', dark: '#f07f3c' },
  { light: '#009e73', dark: '#2fc79b' },
  { light: '#cc79a7', dark: '#e39ac4' },
  { light: '#56b4e9', dark: '#9ad7ff' },
  { light: '#e69f00', dark: '#f5bf42' },
  { light: '#000000', dark: '#f2f2f2' },
  { light: '#666666', dark: '#9a9a9a' },
];
const DASHES = [[], [8, 3], [2, 2], [8, 3, 2, 3], [4, 2]];
const MARKERS: readonly Marker[] = ['circle', 'triangle', 'rect', 'rectRot', 'crossRot', 'star', 'cross'];

/**
 * The style of the series at an index; the same index looks the same in every chart and in the report. Variants of a series
 * (a method on another network) share its colour.
 */
export function seriesStyle(index: number, variant = 0): SeriesStyle {
  // The three lengths share no factor, so 280 series differ.
  const at = <T>(table: readonly T[], place: number) => table[place % table.length] as T;
  return {
    hue: index % SERIES_COLORS.length,
    color: at(SERIES_COLORS, index).light,
    dash: at(DASHES, index + variant),
    marker: at(MARKERS, index + variant),
  };
}

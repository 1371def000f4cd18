/** An RGB image, height x width x 3 bytes, as the network sees it. */
export interface Pixels {
  data: Uint8Array;
  width: number;
  height: number;
}

/** One dimension: a signal or a feature vector, channels x length values. */
export interface Signal {
  values: Float32Array;
  channels: number;
}

/** What a heatmap explains: an image, or values along one dimension. */
export type DrawnInput = Pixels | Signal;

/** What a legend names. */
export interface Series {
  label: string;
  /** Index of how it looks ({@link seriesStyle}), where it is not its place in the chart. */
  look?: number;
}

/** One line of a chart: a value at every step, with the bounds of its confidence interval when there are any. */
export interface Curve extends Series {
  steps: readonly number[];
  values: readonly number[];
  low?: readonly number[] | undefined;
  high?: readonly number[] | undefined;
}

/** Curves over the number of perturbation steps. */
export interface CurveChart {
  title: string;
  /** What a step is, e.g. "regions replaced". */
  x: string;
  /** What is measured, with its unit, e.g. "AOPC (logit), relative to random". */
  y: string;
  curves: readonly Curve[];
}

/** A value with the bounds of its confidence interval when there are any. */
export interface Estimate {
  value: number;
  low?: number | undefined;
  high?: number | undefined;
  /** How the interval was made, where it is not the bootstrap; `unknown` where one is missing. */
  interval?: 'student' | 'wilson' | 'ties' | 'unknown';
}

/** Bars of one method or network, one a group; undefined where the value does not exist. */
export interface BarSeries extends Series {
  bars: readonly (Estimate | undefined)[];
}

/** Groups of bars, e.g. one group a class, with a bar for every method or network. */
export interface BarChart {
  title: string;
  /** What is measured, e.g. "outside-inside ratio". */
  x: string;
  /** What the bars do not show by themselves. */
  notes?: readonly string[];
  groups: readonly string[];
  /** Number of images of each group ("3", or "2 to 3" where series differ), written beside its name. */
  counts?: readonly string[];
  series: readonly BarSeries[];
  /** Value to compare with, drawn as a line, e.g. 1 for a ratio. */
  reference?: number;
}

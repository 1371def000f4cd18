import type { Figure } from '../evaluation/families/family.js';
import { chosenNames } from '../names.js';
import { barChart, type ChartStyle, curveChart } from '../report/charts.js';
import type { Drawing } from '../report/drawing.js';
import type { Series } from '../report/types.js';
import { figureName, figuresOf } from '../results/figures.js';
import { findingsOf, seriesLabel } from '../results/findings.js';
import type { FinishedRun } from '../results/finished.js';

export interface FigureChoice extends ChartStyle {
  /** As files in plots/ are called, without ending; all where there are none. */
  readonly figures: readonly string[];
  /** With commas between them; default: all. */
  readonly methods?: string | undefined;
  /** Whether curves have their bands. */
  readonly bands: boolean;
}

/**
 * Figures of a run, by name, with some of its methods; each method looks as it does in the run's own plots.
 * @throws InputError for a figure or method that the run does not have
 */
export function paperFigures(run: FinishedRun, choice: FigureChoice): { name: string; drawing: Drawing }[] {
  const { experiment } = run.record;
  const several = experiment.networks.length;
  const known = new Map(
    figuresOf(findingsOf(run.record, run.collection, run.selection)).map((figure) => [
      figureName(figure, several),
      figure,
    ]),
  );
  const list = choice.figures.length > 0 ? choice.figures.join(',') : undefined;
  const methods = chosenNames('--methods', choice.methods, experiment.methods);
  const labels = new Set([
    ...methods,
    ...experiment.networks.flatMap(({ name: network }) =>
      methods.map((method) => seriesLabel(experiment, { method, network })),
    ),
  ]);
  return chosenNames('figures', list, [...known.keys()]).map((name) => ({
    name,
    drawing: drawingOf(known.get(name) as Figure, [...labels], choice),
  }));
}

function drawingOf(figure: Figure, labels: readonly string[], { bands, ...style }: FigureChoice): Drawing {
  if ('bars' in figure)
    return barChart({ ...figure.bars, series: chosenSeries(figure.bars.series, labels) }, style);
  const curves = chosenSeries(figure.curves.curves, labels);
  const shown = bands ? curves : curves.map(({ low: _, high: __, ...curve }) => curve);
  return curveChart({ ...figure.curves, curves: shown }, style);
}

/** Some series in the order of their labels, looking as they do among all. */
function chosenSeries<S extends Series>(series: readonly S[], labels: readonly string[]): S[] {
  const looks = series.map((one, look) => ({ ...one, look }));
  return labels.flatMap((label) => looks.filter((one) => one.label === label));
}

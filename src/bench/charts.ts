import { curveChart } from '../report/charts.js';
import type { Curve, CurveChart } from '../report/types.js';
import type { BenchReport, NetworkBench } from './bench.js';

/** Charts of how cost grows, by file name without ending; one without a point is left out. */
export function growthCharts({ networks }: BenchReport) {
  const charts = Object.entries(CHARTS)
    .map(([name, describe]) => [name, titled(describe(networks))] as const)
    .filter(([, { curves }]) => curves.length > 0);
  return charts.map(([name, chart]) => ({ name, drawing: curveChart(chart) }));
}

/** A single curve is named in the title, as it has no legend. */
function titled(chart: CurveChart): CurveChart {
  const [only, ...others] = chart.curves;
  return only && others.length === 0 ? { ...chart, title: `${chart.title}: ${only.label}` } : chart;
}

const CHARTS: Record<string, (networks: readonly NetworkBench[]) => CurveChart> = {
  'cost-by-images': (networks) => ({
    title: 'Cost by number of images explained and perturbed',
    x: 'images',
    y: 'processor time (s)',
    curves: networks.map(({ name, growth: { images } }) =>
      curve(
        name,
        images.map((point) => point.images),
        images.map(({ seconds }) => seconds),
      ),
    ),
  }),

  'cost-by-steps': (networks) => ({
    title: 'Cost by number of perturbation steps',
    x: 'regions replaced',
    y: 'processor time (s)',
    curves: networks.flatMap(({ name, inference, growth: { steps } }) => {
      const along = steps.map((point) => point.steps);
      const full = curve(
        `${name}, full`,
        along,
        steps.map((point) => point.full),
      );
      if (inference === 'full') return [full];
      return [
        full,
        curve(
          `${name}, incremental`,
          along,
          steps.map((point) => point.auto),
        ),
      ];
    }),
  }),

  'cost-by-size': (networks) => ({
    title: 'Cost by input size',
    x: 'places of the input (height × width)',
    y: 'forward pass, processor time (ms)',
    curves: networks
      .filter(({ growth: { sizes } }) => sizes.length > 1)
      .map(({ name, growth: { sizes } }) =>
        curve(
          name,
          sizes.map(({ places }) => places),
          sizes.map(({ forwardMs }) => forwardMs),
        ),
      ),
  }),
};

function curve(label: string, steps: readonly number[], values: readonly number[]): Curve {
  return { label, steps, values };
}

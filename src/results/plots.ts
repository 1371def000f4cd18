import { RANDOM } from '../evaluation/families/perturbation.js';
import type { Experiment } from '../experiment/config.js';
import { writeAtomic } from '../files/atomic.js';
import { aopcByStep } from '../metrics/aopc.js';
import { type Bootstrap, createBootstrap } from '../metrics/bootstrap.js';
import { barChart, curveChart } from '../report/charts.js';
import type { BarChart, BarSeries, Curve, Drawing } from '../report/types.js';
import type { Collection, Row } from './collect.js';
import type { ResultsDirectory } from './directory.js';
import { sanityChart } from './sanity-table.js';
import { bootstrapOptions, type Summary } from './summary.js';
import { ALL, groupRows, type MethodRow, seriesLabel } from './tables.js';

/** Resamples for the band of every step: fewer than for the tables, since a band is only looked at. */
const BAND_RESAMPLES = 400;

/** Draws every plot that the experiment calls for, as PNG and SVG, in plots/. */
export async function drawPlots(
  directory: ResultsDirectory,
  experiment: Experiment,
  collection: Collection,
  summary: Summary,
): Promise<void> {
  const drawings = new Map<string, Promise<Drawing>>();
  const several = experiment.networks.length > 1;
  for (const { name } of experiment.networks) {
    const suffix = several ? `-${name}` : '';
    for (const [kind, curves] of Object.entries(aopcCurves(experiment, collection, name))) {
      if (curves.length === 0) continue;
      const { title, y } = CURVE_CHARTS[kind as CurveKind];
      const unit = experiment.perturbation?.output ?? 'logit';
      drawings.set(
        `aopc-${kind}${suffix}`,
        curveChart({ title: `${title} · ${name}`, x: stepsOf(experiment), y: y(unit), curves }),
      );
    }
  }
  for (const { name } of experiment.networks) {
    const chart = sanityChart(summary.sanity, name);
    if (chart) drawings.set(`sanity${several ? `-${name}` : ''}`, curveChart(chart));
  }
  const context = contextChart(experiment, summary);
  if (context) drawings.set('context', barChart(context));
  for (const [name, drawing] of drawings) {
    const { png, svg } = await drawing;
    await writeAtomic(`${directory.plots}/${name}.png`, png);
    await writeAtomic(`${directory.plots}/${name}.svg`, svg);
  }
}

export const CURVE_CHARTS = {
  morf: { title: 'Most relevant regions first', y: (unit: string) => `AOPC (${unit})` },
  lerf: { title: 'Least relevant regions first', y: (unit: string) => `AOPC (${unit})` },
  difference: { title: 'Area between the curves (LeRF − MoRF)', y: (unit: string) => `ABPC (${unit})` },
  'vs-random': { title: 'Most relevant regions first, relative to random', y: relativeUnit },
  'lerf-vs-random': { title: 'Least relevant regions first, relative to random', y: relativeUnit },
  insertion: { title: 'Insertion: most relevant regions put back first', y: (unit: string) => unit },
} as const;
function relativeUnit(unit: string): string {
  return `AOPC − AOPC of random order (${unit})`;
}

/** What the horizontal axis counts. */
export function stepsOf({ perturbation }: Experiment): string {
  const { regionsPerStep = 1 } = perturbation ?? {};
  return regionsPerStep === 1 ? 'regions replaced' : `steps of ${regionsPerStep} regions`;
}

export type CurveKind = keyof typeof CURVE_CHARTS;

/**
 * AOPC (of insertion: the score) as a function of the number of steps, averaged over images with its interval, by kind
 * of chart and method.
 */
export function aopcCurves(
  experiment: Experiment,
  { rows }: Collection,
  network: string,
): Record<CurveKind, Curve[]> {
  const bootstrap = createBootstrap({
    ...bootstrapOptions(experiment),
    resamples: BAND_RESAMPLES,
    method: 'percentile',
  });
  const own = rows.filter((row) => row.network === network && row.aopc !== undefined);
  const random = new Map(
    own.filter(({ method }) => method === RANDOM).map((row) => [rowKey(row), row.curves.morf]),
  );
  const groups = [...groupRows(own).values()];
  const chart = (of: (row: Row) => Float64Array | undefined) =>
    groups.flatMap((group) =>
      bandOf(
        (group[0] as Row).method,
        group.flatMap((row) => of(row) ?? []),
        bootstrap,
      ),
    );
  const byStep = (curve: Float64Array | undefined) => curve && aopcByStep(curve);
  return {
    morf: chart(({ curves }) => byStep(curves.morf)),
    lerf: chart(({ curves }) => byStep(curves.lerf)),
    difference: chart(({ curves }) => minus(byStep(curves.morf), byStep(curves.lerf))),
    'vs-random': chart((row) => minus(byStep(row.curves.morf), byStep(random.get(rowKey(row))))),
    'lerf-vs-random': chart((row) => minus(byStep(row.curves.lerf), byStep(random.get(rowKey(row))))),
    insertion: chart(({ curves }) => curves.insertion),
  };
}

function rowKey({ image, class: name }: Row): string {
  return JSON.stringify([image, name]);
}

function minus(a: Float64Array | undefined, b: Float64Array | undefined): Float64Array | undefined {
  return a && b && a.map((value, k) => value - (b[k] as number));
}

/** Mean and interval at every step. */
function bandOf(label: string, curves: readonly Float64Array[], bootstrap: Bootstrap): Curve[] {
  const [first] = curves;
  if (!first) return [];
  const estimates = Array.from(first, (_, k) => bootstrap.mean(curves.map((curve) => curve[k] as number)));
  const at = (read: (value: NonNullable<(typeof estimates)[number]>) => number | undefined) =>
    estimates.map((estimate) => (estimate && read(estimate)) ?? Number.NaN);
  const values = at(({ value }) => value);
  const steps = values.map((_, k) => k);
  if (curves.length < 2) return [{ label, steps, values }];
  return [
    {
      label,
      steps,
      values,
      low: at(({ low, value }) => low ?? value),
      high: at(({ high, value }) => high ?? value),
    },
  ];
}

/** Outside-inside ratio by class, a bar a method and network. */
export function contextChart(experiment: Experiment, { context }: Summary): BarChart | undefined {
  const { boxes } = experiment;
  const rows = context.filter(({ class: name, metrics }) => name !== ALL && metrics.outside_inside);
  if (!boxes || rows.length === 0) return undefined;
  const groups = [...new Set(rows.map((row) => row.class))];
  const label = (row: MethodRow) => seriesLabel(experiment, row);
  const labels = [...new Set(rows.map(label))];
  const series = labels.map((name): BarSeries => {
    const own = rows.filter((row) => label(row) === name);
    return {
      label: name,
      bars: groups.map((group) => {
        const estimate = own.find((row) => row.class === group)?.metrics.outside_inside;
        if (!estimate) return undefined;
        const { value, low, high } = estimate;
        return { value, ...(low !== undefined && { low }), ...(high !== undefined && { high }) };
      }),
    };
  });
  const counts = groups.map((group) =>
    Math.max(...rows.filter((row) => row.class === group).map(({ images }) => images)),
  );
  return {
    title: 'Context: relevance outside against inside the boxes',
    x: `outside-inside ratio (${boxes.relevance} relevance)`,
    groups,
    counts,
    series,
    reference: 1,
  };
}

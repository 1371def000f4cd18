import { type Called, counted } from '../../../input/called.js';
import { divisionOf } from '../../../input/kinds.js';
import { aopcByStep } from '../../../metrics/aopc.js';
import { type Bootstrap, createBootstrap } from '../../../metrics/bootstrap.js';
import { type Estimate, FEWEST } from '../../../metrics/estimate.js';
import type { CurveView } from '../../../report/html/data.js';
import type { Curve } from '../../../report/types.js';
import type { Figure, Found } from '../family.js';
import { groupRows, type Row } from '../rows.js';
import type { PerturbationConfig } from './config.js';
import type { Perturbed } from './part.js';
import { RANDOM } from './perturb.js';

/** Resamples for the band of every step: fewer than for the tables, since a band is only looked at. */
const BAND_RESAMPLES = 400;

/** The charts by the names of their files. */
const CHARTS: Record<Kind, Described> = {
  'aopc-morf': {
    title: (units) => `Most relevant ${units} first`,
    y: aopcIn,
    view: { order: 'morf', scale: 'absolute' },
  },
  'aopc-lerf': {
    title: (units) => `Least relevant ${units} first`,
    y: aopcIn,
    view: { order: 'lerf', scale: 'absolute' },
  },
  'aopc-difference': {
    title: () => 'Area between the curves (LeRF − MoRF)',
    y: (unit) => `ABPC (${unit})`,
    view: { order: 'difference', scale: 'absolute' },
  },
  'aopc-vs-random': {
    title: (units) => `Most relevant ${units} first, relative to random`,
    y: relativeIn,
    view: { order: 'morf', scale: 'relative' },
  },
  'aopc-lerf-vs-random': {
    title: (units) => `Least relevant ${units} first, relative to random`,
    y: relativeIn,
    view: { order: 'lerf', scale: 'relative' },
  },
  'aopc-insertion': {
    title: (units) => `Insertion: most relevant ${units} put back first`,
    y: scoresIn,
    view: { order: 'insertion', scale: 'score' },
  },
  'score-morf': {
    title: (units) => `Score, most relevant ${units} first`,
    y: scoresIn,
    view: { order: 'morf', scale: 'score' },
  },
  'score-lerf': {
    title: (units) => `Score, least relevant ${units} first`,
    y: scoresIn,
    view: { order: 'lerf', scale: 'score' },
  },
  'accuracy-morf': {
    title: (units) => `Accuracy, most relevant ${units} first`,
    y: () => 'accuracy',
  },
  'accuracy-lerf': {
    title: (units) => `Accuracy, least relevant ${units} first`,
    y: () => 'accuracy',
  },
};
type Kind =
  | `aopc-${'morf' | 'lerf' | 'difference' | 'vs-random' | 'lerf-vs-random' | 'insertion'}`
  | `${'score' | 'accuracy'}-${'morf' | 'lerf'}`;

interface Described {
  title(units: string): string;
  /** What is measured, of scores in this unit. */
  y(unit: string): string;
  readonly view?: Pick<CurveView, 'order' | 'scale'>;
}

function scoresIn(unit: string): string {
  return `score (${unit})`;
}

function aopcIn(unit: string): string {
  return `AOPC (${unit})`;
}

function relativeIn(unit: string): string {
  return `AOPC − AOPC of random order (${unit})`;
}

/** The curves of every network, a chart a kind, with bands over images. */
export function curveFigures({
  rows,
  config,
  networks,
  statistics,
  called,
  scoreOf,
}: Found<PerturbationConfig, Perturbed>): Figure[] {
  const bootstrap = createBootstrap({ ...statistics, resamples: BAND_RESAMPLES, method: 'percentile' });
  const byNetwork = networks.map((network) => {
    const own = rows.filter((row) => row.network === network);
    return { network, curves: curvesOf(own, bootstrap) };
  });
  const { region, regionsPerStep } = config;
  const units = divisionOf(region).plural(called);
  const x = regionsPerStep === 1 ? `${units} replaced` : `steps of ${regionsPerStep} ${units}`;
  return (Object.keys(CHARTS) as Kind[]).flatMap((kind) =>
    byNetwork.flatMap(({ network, curves }): Figure[] => {
      if (curves[kind].length === 0) return [];
      const { title, y, view } = CHARTS[kind];
      const few = fewImages(rows, network, called);
      const drawn = statistics.fixedSample ? curves[kind] : curves[kind].map(withoutBand);
      const chart = {
        title: `${title(units)} · ${network}`,
        x: x + few,
        y: y(scoreOf(network)),
        curves: drawn,
      };
      return [{ name: kind, network, curves: chart, ...(view && { view }) }];
    }),
  );
}

function withoutBand({ label, steps, values }: Curve): Curve {
  return { label, steps, values };
}

/** What is to be said of bands over few images. */
function fewImages(rows: readonly Row<Perturbed>[], network: string, called: Called): string {
  const { size } = new Set(rows.flatMap((row) => (row.network === network ? [row.image] : [])));
  if (size < 2) return ` (one ${called.sample}: intervals unknown)`;
  return size < FEWEST ? ` (${counted(size, called)}: Student's intervals)` : '';
}

/** AOPC, or the score itself, as a function of the number of steps, averaged over images with its interval, by kind of chart and method. */
function curvesOf(rows: readonly Row<Perturbed>[], bootstrap: Bootstrap): Record<Kind, Curve[]> {
  const random = new Map(
    rows.filter(({ method }) => method === RANDOM).map((row) => [keyOf(row), row.part.curves.morf]),
  );
  const groups = [...groupRows(rows).values()];
  const chart = (
    of: (row: Row<Perturbed>) => Float64Array | undefined,
    estimate: Estimating = bootstrap.mean,
  ) =>
    groups.flatMap((group) =>
      bandOf(
        (group[0] as Row<Perturbed>).method,
        group.flatMap((row) => of(row) ?? []),
        estimate,
      ),
    );
  const byStep = (curve: Float64Array | undefined) => curve && aopcByStep(curve);
  const randomly = (row: Row<Perturbed>) => byStep(random.get(keyOf(row)));
  return {
    'aopc-morf': chart(({ part }) => byStep(part.curves.morf)),
    'aopc-lerf': chart(({ part }) => byStep(part.curves.lerf)),
    'aopc-difference': chart(({ part }) => minus(byStep(part.curves.morf), byStep(part.curves.lerf))),
    'aopc-vs-random': chart((row) => minus(byStep(row.part.curves.morf), randomly(row))),
    'aopc-lerf-vs-random': chart((row) => minus(byStep(row.part.curves.lerf), randomly(row))),
    'aopc-insertion': chart(({ part }) => part.curves.insertion),
    'score-morf': chart(({ part }) => part.curves.morf),
    'score-lerf': chart(({ part }) => part.curves.lerf),
    'accuracy-morf': chart(({ part }) => part.right?.morf, bootstrap.share),
    'accuracy-lerf': chart(({ part }) => part.right?.lerf, bootstrap.share),
  };
}

function keyOf({ image, class: name }: Row<Perturbed>): string {
  return JSON.stringify([image, name]);
}

function minus(a: Float64Array | undefined, b: Float64Array | undefined): Float64Array | undefined {
  return a && b && a.map((value, k) => value - (b[k] as number));
}

type Estimating = (values: number[]) => Estimate | undefined;

/** Mean and interval at every step. */
function bandOf(label: string, curves: readonly Float64Array[], estimate: Estimating): Curve[] {
  const [first] = curves;
  if (!first) return [];
  const estimates = Array.from(first, (_, k) => estimate(curves.map((curve) => curve[k] as number)));
  const at = (read: (found: Estimate) => number | undefined) =>
    estimates.map((found) => (found && read(found)) ?? Number.NaN);
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

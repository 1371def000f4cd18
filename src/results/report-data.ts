import type { UnitResult } from '../evaluation/unit.js';
import type { Experiment } from '../experiment/config.js';
import type { RunRecord } from '../experiment/definition.js';
import { divisionOf } from '../input/kinds.js';
import { AOPC_METRICS } from '../metrics/aopc.js';
import { COMPLEXITY_METRICS } from '../metrics/complexity.js';
import type { Metric } from '../metrics/metric.js';
import { ROBUSTNESS_METRICS } from '../metrics/robustness.js';
import { describeFill } from '../perturbation/fills.js';
import type { CurveView, ReportData, ResultTable } from '../report/html/data.js';
import type { Estimate } from '../report/types.js';
import type { Collection } from './collect.js';
import type { ResultsDirectory } from './directory.js';
import { aopcCurves, CURVE_CHARTS, type CurveKind, contextChart, stepsOf } from './plots.js';
import { galleryOf } from './report-gallery.js';
import type { Summary } from './summary.js';
import { type MethodRow, RENDERING_COLUMNS, seriesLabel, seriesLabels, tiedNeighbours } from './tables.js';

/** Everything that report.html shows of a run. */
export async function reportData(
  directory: ResultsDirectory,
  collection: Collection,
  summary: Summary,
  units: () => AsyncIterable<UnitResult>,
): Promise<ReportData> {
  const record = await directory.readRecord();
  const { experiment, definition, machine } = record;
  const context = contextChart(experiment, summary);
  const gallery = await galleryOf(directory, record, units);
  const scores = scoreTable(experiment, summary);
  return {
    title: experiment.name,
    words: wordsOf(experiment),
    facts: factsOf(record, summary, await directory.day()),
    methods: seriesLabels(experiment),
    ...(scores && { scores }),
    curves: curveViews(experiment, collection),
    bars: context ? [context] : [],
    tables: [
      ...precisionTables(summary),
      ...comparisonTables(experiment, summary),
      ...complexityTable(experiment, summary),
      ...sanityTables(experiment, summary),
      ...metricTable(experiment, 'Robustness of the explanations', ROBUSTNESS_METRICS, summary.robustness),
    ],
    ...(gallery && { gallery }),
    failures: [...summary.images.failed, ...summary.images.skipped],
    records: [
      { title: 'Definition', record: definition },
      { title: 'Machine', record: machine },
    ],
  };
}

const ORDERS = {
  morf: 'most relevant first (MoRF)',
  lerf: 'least relevant first (LeRF)',
  insertion: 'and put back most relevant first (insertion)',
} as const;

const INTERVALS = { bca: 'BCa', percentile: 'percentile' } as const;

/** What was measured and how, a sentence each. */
function wordsOf({
  perturbation,
  boxes,
  scoring,
  complexity,
  statistics,
  networks,
  dataset,
}: Experiment): string[] {
  const words: string[] = [];
  if (perturbation) {
    const { region, steps, regionsPerStep, orders, fill, repeats, output, target } = perturbation;
    const pace = regionsPerStep === 1 ? 'one after the other' : `${regionsPerStep} at a time`;
    words.push(
      `${divisionOf(region).words} were replaced ${pace}, in ${steps} steps, ${orders.map((order) => ORDERS[order]).join(' and ')}.`,
      `What replaced them (fill ${fill}): ${describeFill(fill)}; ${repeats} ${repeats === 1 ? 'draw' : 'draws'} an image.`,
      `The score followed is the ${output} of the ${target === 'true' ? 'true' : 'predicted'} class.`,
      'AOPC is the mean over k = 0..L of f(x(0)) − f(x(k)), with divisor L + 1. MoRF: higher is better; LeRF: lower; ABPC, their difference: higher.',
    );
  }
  if (boxes) {
    words.push(
      `The outside-inside ratio divides the mean ${boxes.relevance} relevance per pixel outside the boxes of a class by that inside: below 1 the network looks at the object, above 1 at its context.`,
    );
  }
  if (scoring)
    words.push(
      `A class of the data set is scored by its group of outputs (${scoring.map}): ${scoring.group.replaceAll('-', ' ')}.`,
    );
  if (complexity) words.push('Complexity says how concentrated a heatmap is, not whether it is right.');
  if (dataset.select === 'correct')
    words.push(`Only images that ${networks[0]?.name} classifies correctly were used.`);
  words.push(
    `Intervals cover ${100 * statistics.level} % (${INTERVALS[statistics.interval]} bootstrap over images)${perturbation ? '; methods are tied where a paired permutation test, corrected after Holm, does not separate them' : ''}.`,
  );
  return words;
}

function factsOf(
  { experiment, heatproof, machine, definition }: RunRecord,
  { images, accuracy }: Summary,
  day: string | undefined,
) {
  const { networks, dataset, perturbation, statistics } = experiment;
  return [
    { name: 'network', value: networks.map(({ name }) => name).join(', ') },
    {
      name: 'data set',
      value: [dataset.type, 'split' in dataset ? dataset.split : undefined].filter(Boolean).join(' '),
    },
    {
      name: 'images',
      value: `${images.done / networks.length} measured, ${images.failed.length} failed, ${images.skipped.length} skipped`,
    },
    ...Object.entries(accuracy).map(([name, value]) => ({
      name: `accuracy of ${name}`,
      value: `${(100 * value).toFixed(1)} %`,
    })),
    ...(day === undefined ? [] : [{ name: 'date', value: day }]),
    {
      name: 'seeds',
      value: `${perturbation ? `perturbation ${perturbation.seed}, ` : ''}statistics ${statistics.seed}`,
    },
    { name: 'versions', value: `heatproof ${heatproof}, ${definition.engine}, node ${machine.node}` },
  ];
}

function scoreTable(experiment: Experiment, { methods, rankings }: Summary): ResultTable | undefined {
  if (methods.length === 0) return undefined;
  const shown = AOPC_METRICS.filter(({ id }) => methods.some(({ metrics }) => metrics[id]));
  const entries = methods.map((row) => ({
    label: seriesLabel(experiment, row),
    cells: shown.map(({ id }) => estimateOf(row.metrics[id])),
    tiedWith: tiedNeighbours(rankings, row).map((method) => seriesLabel(experiment, { ...row, method })),
  }));
  return {
    title: 'Area over the perturbation curve (AOPC)',
    ...(entries.some(({ tiedWith }) => tiedWith.length > 0) && {
      note: 'Tied: neighbours in the ranking by AOPC (MoRF) that a paired test does not separate.',
    }),
    rows: 'method',
    columns: shown.map(({ label, source, direction }) => ({
      title: label,
      note: source,
      ...(direction !== 'neutral' && { better: direction }),
    })),
    entries,
  };
}

const VIEWS: Record<CurveKind, Pick<CurveView, 'order' | 'relative'>> = {
  morf: { order: 'morf', relative: false },
  lerf: { order: 'lerf', relative: false },
  difference: { order: 'difference', relative: false },
  'vs-random': { order: 'morf', relative: true },
  'lerf-vs-random': { order: 'lerf', relative: true },
  insertion: { order: 'insertion', relative: false },
};

function curveViews(experiment: Experiment, collection: Collection): CurveView[] {
  const unit = experiment.perturbation?.output ?? 'logit';
  const networks = experiment.networks.map(({ name }) => ({
    name,
    charts: aopcCurves(experiment, collection, name),
  }));
  return (Object.keys(VIEWS) as CurveKind[]).flatMap((kind) => {
    const curves = networks.flatMap(({ name, charts }) =>
      charts[kind].map((curve) => ({
        ...curve,
        label: seriesLabel(experiment, { network: name, method: curve.label }),
      })),
    );
    return curves.length === 0
      ? []
      : [{ ...VIEWS[kind], x: stepsOf(experiment), y: CURVE_CHARTS[kind].y(unit), curves }];
  });
}

function precisionTables({ averagePrecision }: Summary): ResultTable[] {
  const networks = Object.entries(averagePrecision);
  const names = [...new Set(networks.flatMap(([, { classes }]) => Object.keys(classes)))];
  if (names.length === 0) return [];
  return [
    {
      title: 'Average precision by class',
      note: 'How well the scores tell the images of a class: whether the scorer can be trusted.',
      rows: 'class',
      columns: networks.map(([title]) => ({ title })),
      entries: ['mean', ...names].map((label) => ({
        label,
        cells: networks.map(([, { mean, classes }]) => pointOf(label === 'mean' ? mean : classes[label])),
      })),
    },
  ];
}

function comparisonTables({ networks }: Experiment, { rankings }: Summary): ResultTable[] {
  return rankings
    .filter(({ comparisons }) => comparisons.length > 0)
    .map(({ network, metric, comparisons, images }) => ({
      title: `Paired comparisons: ${[labelOfMetric(metric), ...(networks.length > 1 ? [network] : [])].join(', ')}`,
      note: `${images} images; p after Holm's correction over the table; effect size: Cohen's d of the differences.`,
      rows: 'methods',
      columns: [{ title: 'difference' }, { title: 'p (Holm)' }, { title: 'effect size' }],
      entries: comparisons.map(({ first, second, difference, adjustedPValue, effectSize }) => ({
        label: `${first} − ${second}`,
        cells: [estimateOf(difference), adjustedPValue.toPrecision(2), pointOf(effectSize)],
      })),
    }));
}

function labelOfMetric(metric: string): string {
  return AOPC_METRICS.find(({ id }) => id === metric)?.label ?? metric;
}

const RENDERING_LABELS = {
  png_kb: 'PNG (kB)',
  jpeg_kb: 'JPEG (kB)',
  image_entropy: 'Image entropy',
} satisfies Record<(typeof RENDERING_COLUMNS)[number], string>;

function complexityTable(experiment: Experiment, { complexity }: Summary): ResultTable[] {
  const rendering = RENDERING_COLUMNS.map((id) => ({
    id,
    label: RENDERING_LABELS[id],
    source: 'Samek et al. 2017, table I',
    direction: 'lower' as const,
  }));
  const metrics = [...COMPLEXITY_METRICS, ...rendering];
  return metricTable(experiment, 'Complexity of the heatmaps', metrics, complexity);
}

/** Similarity of the heatmaps at every stage of the model-randomisation check, a table a network. */
function sanityTables(experiment: Experiment, { sanity, reactions }: Summary): ResultTable[] {
  return experiment.networks.flatMap(({ name }) => {
    const own = sanity.filter(({ network }) => network === name);
    const stages = own.filter(({ method }) => method === own[0]?.method);
    const verdicts = reactions.filter(({ network }) => network === name);
    if (own.length === 0) return [];
    return [
      {
        title: `Sanity: heatmaps as layers are re-initialised, ${name}`,
        note: 'Spearman correlation of |R| with the trained network’s (Adebayo et al. 2018). A method whose heatmaps stay the same does not show what the network has learned.',
        rows: 'method',
        columns: [
          ...stages.map(({ layers, layer }) => ({ title: `${layers} random`, note: `down to ${layer}` })),
          { title: 'reacts' },
        ],
        entries: verdicts.map(({ method, reacts }) => ({
          label: seriesLabel(experiment, { network: name, method }),
          cells: [
            ...own
              .filter((row) => row.method === method)
              .map(({ metrics }) => estimateOf(metrics.spearman_absolute)),
            reacts ? 'yes' : 'no',
          ],
        })),
      },
    ];
  });
}

/** A row a method, a column a metric. */
function metricTable(
  experiment: Experiment,
  title: string,
  metrics: readonly Omit<Metric<never>, 'of'>[],
  methods: readonly MethodRow[],
): ResultTable[] {
  if (methods.length === 0) return [];
  return [
    {
      title,
      rows: 'method',
      columns: metrics.map(({ label, source, direction }) => ({
        title: label,
        note: source,
        ...(direction !== 'neutral' && { better: direction }),
      })),
      entries: methods.map((row) => ({
        label: seriesLabel(experiment, row),
        cells: metrics.map(({ id }) => estimateOf(row.metrics[id])),
      })),
    },
  ];
}

/** An estimate without what it lacks. */
function estimateOf(estimate: MethodRow['metrics'][string] | undefined): Estimate | undefined {
  if (!estimate) return undefined;
  const { value, low, high } = estimate;
  return { value, ...(low !== undefined && { low }), ...(high !== undefined && { high }) };
}

function pointOf(value: number | undefined): Estimate | undefined {
  return value === undefined ? undefined : { value };
}

import { z } from 'zod';
import { calledOf } from '../datasets/kinds.js';
import { BOOTSTRAP, studentMark, unknownMark } from '../evaluation/families/estimate-text.js';
import type { Figure } from '../evaluation/families/family.js';
import { familiesOf } from '../evaluation/families/of-experiment.js';
import { shownNumber } from '../evaluation/families/report-table.js';
import type { UnitResult } from '../evaluation/unit.js';
import type { Experiment } from '../experiment/config.js';
import type { RunRecord } from '../experiment/definition.js';
import type { Called } from '../input/called.js';
import type { CurveView, Method, ReportData, ResultTable } from '../report/html/data.js';
import type { ResultsDirectory } from './directory.js';
import { doubtsOf } from './doubts.js';
import { type Finding, seriesLabel } from './findings.js';
import { whyLeftOut } from './left-out.js';
import { galleryOf } from './report-gallery.js';
import { ranksOnPage } from './report-ranks.js';
import { signalsOf } from './report-signals.js';
import { textsOf } from './report-texts.js';
import { savedText, stoppingSentences } from './stopping-words.js';
import { percentage, type Summary } from './summary.js';
import { sumTables } from './sums.js';

/** What a run's report is made from. */
export interface Results {
  readonly findings: readonly Finding[];
  readonly summary: Summary;
  readonly figures: readonly Figure[];
  readonly units: () => AsyncIterable<UnitResult>;
}

/** Everything that report.html shows of a run. */
export async function reportData(
  directory: ResultsDirectory,
  { findings, summary, figures, units }: Results,
): Promise<ReportData> {
  const record = await directory.readRecord();
  const { experiment, definition, machine } = record;
  const gallery = await galleryOf(directory, record, units());
  const signals = await signalsOf(directory, record, units());
  const texts = await textsOf(directory, record, units());
  const reports = findings.map(({ family, found }) => family.report?.(found) ?? {});
  const scores = reports.find((report) => report.scores)?.scores;
  const finding = reports.find((report) => report.finding)?.finding;
  const networks = experiment.networks.map(({ name }) => name);
  const called = calledOf(experiment.dataset.type);
  const ranks = ranksOnPage(summary, called);
  const facts = factsOf(record, summary, called, await directory.day());
  return {
    title: experiment.name,
    called,
    subtitle: facts
      .slice(0, SUBTITLE)
      .map(({ value }) => value)
      .join(' · '),
    ...(finding && { finding }),
    warnings: doubtsOf(summary),
    words: [
      ...wordsOf(experiment, summary, findings, called),
      ...resolutionWords(definition),
      ...(summary.stopping ? stoppingSentences(summary.stopping, called) : []),
    ],
    facts,
    methods: methodsOf(experiment),
    ...(scores && { scores }),
    ...(ranks && { ranks }),
    curves: curveViews(experiment, figures),
    bars: figures.flatMap((figure) => ('bars' in figure ? [figure.bars] : [])),
    tables: [
      ...precisionTables(summary),
      ...reports.flatMap(({ tables = [] }) => tables),
      ...sumTables(summary.sums, networks),
    ],
    ...(gallery && { gallery }),
    ...(signals && { signals }),
    ...(texts && { texts }),
    failures: whyLeftOut([...summary.images.failed, ...summary.images.skipped], networks),
    records: [
      { title: 'Definition', record: definition },
      { title: 'Machine', record: machine },
    ],
  };
}

/** Network, data set and images. */
const SUBTITLE = 3;

/** The methods of every network, network by network. */
function methodsOf(experiment: Experiment): Method[] {
  const { networks, methods } = experiment;
  return networks.flatMap(({ name: network }) =>
    methods.map((name) => ({
      label: seriesLabel(experiment, { method: name, network }),
      name,
      ...(networks.length > 1 && { network }),
    })),
  );
}

const SELECTED = { correct: 'correctly', wrong: 'wrongly' } as const;

/** What was measured and how, a sentence each. */
function wordsOf(
  experiment: Experiment,
  { stopping }: Summary,
  findings: readonly Finding[],
  called: Called,
): string[] {
  const { scoring, statistics, networks, dataset } = experiment;
  const words = findings.flatMap(({ family, found }) => family.words?.(found) ?? []);
  if (scoring)
    words.push(
      `A class of the data set is scored by its group of outputs (${scoring.map}): ${scoring.group.replaceAll('-', ' ')}.`,
    );
  if (dataset.select !== 'all')
    words.push(
      `Only ${called.samples} that ${networks[0]?.name} classifies ${SELECTED[dataset.select]} were used.`,
    );
  if (stopping?.stopped && stopping.by === 'sign') return words;
  words.push(
    `Intervals cover ${100 * statistics.level} % (${BOOTSTRAP[statistics.interval]} bootstrap over ${called.samples}; (t): ${studentMark(called)}; ${unknownMark(called)}; shares have Wilson's).`,
  );
  return words;
}

/** What a definition says of maps: read like all that stands in a results directory. */
const mapsSchema = z.object({
  networks: z.array(z.object({ patches: z.unknown() }).partial()),
  methods: z.record(
    z.string(),
    z.object({ rules: z.unknown(), layer: z.unknown(), resolution: z.unknown() }).partial(),
  ),
});

/** Of networks of patches: which maps have a number a patch, which one a pixel. */
function resolutionWords(definition: RunRecord['definition']): string[] {
  const { data } = mapsSchema.safeParse(definition);
  if (!data?.networks.some(({ patches }) => patches)) return [];
  type Maps = (typeof data.methods)[string];
  const told = (fits: (maps: Maps) => boolean, words: string) => {
    const ids = Object.keys(data.methods).filter((id) => fits(data.methods[id] as Maps));
    return ids.length > 0 ? [`${ids.join(', ')}: ${words}`] : [];
  };
  const parts = [
    ...told(
      ({ resolution }) => resolution !== undefined,
      'one number a patch, spread evenly over its pixels',
    ),
    ...told(({ rules, layer, resolution }) => Boolean(rules && !layer && !resolution), 'one number a pixel'),
  ];
  return parts.length > 0 ? [`Resolution of the maps: ${parts.join('; ')}.`] : [];
}

function factsOf(
  { experiment, heatproof, machine, definition }: RunRecord,
  { images, accuracy, stopping }: Summary,
  called: Called,
  day: string | undefined,
) {
  const { networks, dataset } = experiment;
  return [
    { name: 'network', value: networks.map(({ name }) => name).join(', ') },
    {
      name: 'data set',
      value: [dataset.type, 'split' in dataset ? dataset.split : undefined].filter(Boolean).join(' '),
    },
    {
      name: called.samples,
      value: `${images.done}${networks.length > 1 ? ` (${networks.length} networks together)` : ''} measured, ${images.failed.length} failed, ${images.skipped.length} skipped${stopping ? savedText(stopping) : ''}`,
    },
    ...Object.entries(accuracy).map(([name, value]) => ({
      name: `accuracy of ${name}`,
      value: percentage(value, called),
    })),
    ...(day === undefined ? [] : [{ name: 'date', value: day }]),
    { name: 'seeds', value: seedsOf(experiment) },
    { name: 'versions', value: `heatproof ${heatproof}, ${definition.engine}, node ${machine.node}` },
  ];
}

/** The seeds that what was measured depends on, but for those that draw the images. */
function seedsOf(experiment: Experiment): string {
  const drawing = familiesOf(experiment).flatMap(({ family: { key }, config }) => {
    const { seed } = config as { seed?: number };
    return seed === undefined ? [] : [`${key} ${seed}`];
  });
  return [...drawing, `statistics ${experiment.statistics.seed}`].join(', ');
}

/** Curves by the way to look at them: those of all networks in one chart. */
function curveViews(experiment: Experiment, figures: readonly Figure[]): CurveView[] {
  const views = new Map<string, CurveView>();
  for (const figure of figures) {
    if ('bars' in figure || !figure.view) continue;
    const { name, network, view } = figure;
    const { title: _, curves, ...axes } = figure.curves;
    const labelled = curves.map((curve) => ({
      ...curve,
      label: seriesLabel(experiment, { network, method: curve.label }),
    }));
    views.set(name, { ...view, ...axes, curves: [...(views.get(name)?.curves ?? []), ...labelled] });
  }
  return [...views.values()];
}

/** What stands under a name that may be any word, `constructor` too. */
function ownValue<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function precisionTables({ averagePrecision }: Summary): ResultTable[] {
  const networks = Object.entries(averagePrecision);
  const names = [...new Set(networks.flatMap(([, { classes }]) => Object.keys(classes)))];
  const first = (name: string) => ownValue(networks[0]?.[1].classes ?? {}, name) ?? Number.NEGATIVE_INFINITY;
  names.sort((a, b) => first(b) - first(a) || 0);
  if (names.length === 0) return [];
  return [
    {
      title: 'Average precision by class',
      note: 'How well the scores tell the images of a class: whether the scorer can be trusted.',
      rows: 'class',
      columns: networks.map(([title]) => ({ title })),
      entries: [
        { label: 'mean over classes', cells: networks.map(([, { mean }]) => shownNumber(mean)) },
        ...names.map((label) => ({
          label,
          cells: networks.map(([, { classes }]) => shownNumber(ownValue(classes, label))),
        })),
      ],
    },
  ];
}

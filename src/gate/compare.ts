import { calledOf } from '../datasets/kinds.js';
import { RANDOM } from '../evaluation/families/perturbation/perturb.js';
import { groupRows } from '../evaluation/families/rows.js';
import { differences } from '../experiment/differences.js';
import { compareWithBaseline, type GateResult, type Verdict } from '../metrics/gate.js';
import type { MetricInfo } from '../metrics/metric.js';
import { mean } from '../metrics/statistics.js';
import { changedNetworks, definitionDifferences } from './definition.js';
import { FIXED_VALUES, type FixedValue } from './fixed.js';
import { GATED_METRICS } from './metrics.js';
import { pairable, underBaselineName } from './pairing.js';
import { type JudgedRun, keyOf, type Snapshot, type SnapshotRow } from './snapshot.js';

/** What became of a run since its baseline. */
export interface GateReport {
  readonly passed: boolean;
  /** What is called images below: images, signals, texts. */
  readonly samples: string;
  /** Where the definition records differ, as "key: old -> new". */
  readonly definition: readonly string[];
  /** What is judged: how networks and releases differ from those of the baseline. */
  readonly judged: readonly string[];
  /** Every network and method of the baseline. */
  readonly methods: readonly MethodReport[];
  /** Methods of the run that the baseline does not know, by network. */
  readonly added: readonly { readonly network: string; readonly method: string }[];
}

/** One method on one network. */
export interface MethodReport {
  readonly network: string;
  readonly method: string;
  /** Explanations of the baseline that the run has and lacks. */
  readonly common: number;
  readonly missing: readonly (Explained & { readonly reason?: string })[];
  /** Values that nothing but a change of the code, the network or the image can move. */
  readonly moved: readonly Moved[];
  readonly metrics: readonly MetricReport[];
}

interface Explained {
  readonly image: string;
  readonly class: string;
}

interface Moved extends Explained {
  readonly what: FixedValue;
  readonly baseline: number;
  readonly run: number | undefined;
}

export interface MetricReport extends Omit<GateResult, 'verdict'> {
  readonly metric: string;
  /** `reported`: neither way is better, or the method is a random order, which has no quality to lose. */
  readonly verdict: Verdict | 'reported';
}

/**
 * How far a fixed value v may move: this times max(1, |v|). Machines differ by about 1e-4 (float32, the order of sums);
 * what loses or makes relevance moves by far more.
 */
const FIXED_BOUND = 0.01;

/**
 * Compares a run with its baseline: the definitions, then method by method whether all explanations are there, whether
 * fixed values stayed, and every metric image by image ({@link compareWithBaseline}), with the tolerance and at
 * the level that the run's config asks for. The level of the intervals holds for all metrics together (Bonferroni), so
 * that a gate of many metrics and methods gives no more false alarms than one of few. Networks may have changed, since they
 * are what is judged, unless `sameNetwork` demands that they are the same.
 */
export function compareRun(
  baseline: Snapshot,
  finished: JudgedRun,
  { sameNetwork = false } = {},
): GateReport {
  const { snapshot: run, leftOut, statistics, gate } = underBaselineName(baseline, finished);
  const changed = changedNetworks(baseline.definition, run.definition);
  const [rowsBefore, rowsAfter] = [pairable(baseline.rows, changed), pairable(run.rows, changed)];
  const confidence = 1 - (1 - statistics.level) / Math.max(1, judgedComparisons(rowsBefore));
  const judge: Judge = {
    found: new Map(rowsAfter.map((row) => [keyOf(row), row])),
    reasons: new Map(leftOut.map(({ network, image, reason }) => [JSON.stringify([network, image]), reason])),
    tolerance: gate.tolerance,
    confidence,
  };
  const definition = [
    ...definitionDifferences(baseline.definition, run.definition),
    ...(sameNetwork
      ? [...changed].flatMap(([name, changes]) => changes.map((change) => `networks.${name}.${change}`))
      : []),
  ];
  const [before, after] = [groupRows(rowsBefore), groupRows(rowsAfter)];
  const methods = [...before.values()].map((rows) => compareMethod(rows, judge));
  const added = [...after].flatMap(([key, [row]]) =>
    row && !before.has(key) ? [{ network: row.network, method: row.method }] : [],
  );
  const passed = definition.length === 0 && methods.every(isFine);
  const judged = [
    ...renamings(run, finished.snapshot),
    ...[...changed].map(([name, changes]) => `network ${name} (${changes.join(', ')})`),
    ...differences(releases(baseline), releases(run)),
  ];
  const { samples } = calledOf(run.definition.dataset.type);
  return { passed, samples, definition, judged, methods, added };
}

/** What a network is called now. */
function renamings({ definition: { networks } }: Snapshot, named: Snapshot): string[] {
  return networks.flatMap(({ name }, i) => {
    const now = named.definition.networks[i]?.name;
    return now === name ? [] : [`network ${name}, now ${now}`];
  });
}

/** The releases of what made the numbers. */
function releases({ heatproof, definition: { engine, images } }: Snapshot) {
  return { heatproof, engine, decoder: images.decoder };
}

/** How many metrics of methods can fail. */
function judgedComparisons(rows: readonly SnapshotRow[]): number {
  const judged = rows.flatMap(({ network, method, values }) =>
    Object.keys(values)
      .filter((id) => isJudged(id, method))
      .map((id) => JSON.stringify([network, method, id])),
  );
  return new Set(judged).size;
}

/** Whether a drop fails the gate: of a metric that has a better end, and not of a random order. */
function isJudged(id: string, method: string): boolean {
  const { direction = 'neutral' } = GATED_METRICS.get(id) ?? {};
  return direction !== 'neutral' && method !== RANDOM;
}

/** Whether nothing about a method fails the gate. */
function isFine({ missing, moved, metrics }: MethodReport): boolean {
  return missing.length === 0 && moved.length === 0 && !metrics.some(fails);
}

/** Whether a metric fails the gate. */
export function fails({ verdict, missing }: MetricReport): boolean {
  return verdict === 'dropped' || verdict === 'missing' || missing.length > 0;
}

/** What every method of a run is judged with. */
interface Judge {
  readonly found: ReadonlyMap<string, SnapshotRow>;
  /** Why images have no numbers, by network and image. */
  readonly reasons: ReadonlyMap<string, string>;
  readonly tolerance: number;
  /** Coverage of the interval of every single comparison. */
  readonly confidence: number;
}

/** An explanation of the baseline with that of the run. */
interface Pair {
  readonly baseline: SnapshotRow;
  readonly run: SnapshotRow;
}

function compareMethod(rows: readonly SnapshotRow[], judge: Judge): MethodReport {
  const { found, reasons } = judge;
  const { network, method } = rows[0] as SnapshotRow;
  const pairs = rows.flatMap((baseline) => {
    const run = found.get(keyOf(baseline));
    return run ? [{ baseline, run }] : [];
  });
  const missing = rows.filter((row) => !found.has(keyOf(row)));
  const measured = [...GATED_METRICS.values()].filter(({ id }) =>
    pairs.some(({ baseline }) => baseline.values[id] !== undefined),
  );
  return {
    network,
    method,
    common: pairs.length,
    missing: missing.map(({ image, class: name }) => {
      const reason = reasons.get(JSON.stringify([network, image]));
      return { image, class: name, ...(reason !== undefined && { reason }) };
    }),
    moved: pairs.flatMap(movedValues),
    metrics: measured.map((metric) => compareMetric(metric, method, pairs, judge)),
  };
}

function movedValues({ baseline, run }: Pair): Moved[] {
  return (Object.keys(FIXED_VALUES) as FixedValue[]).flatMap((what) => {
    const [before, after] = [baseline.values[what], run.values[what]];
    if (before === undefined) return [];
    const far = after === undefined || Math.abs(after - before) > FIXED_BOUND * Math.max(1, Math.abs(before));
    const { image, class: name } = baseline;
    return far ? [{ image, class: name, what, baseline: before, run: after }] : [];
  });
}

function compareMetric(
  { id, direction }: MetricInfo,
  method: string,
  pairs: readonly Pair[],
  { tolerance, confidence }: Judge,
): MetricReport {
  const way = direction === 'neutral' ? 'higher' : direction;
  const { before, after } = valuesByImage(pairs, id);
  const { verdict, ...result } = compareWithBaseline(before, after, way, tolerance, confidence);
  if (isJudged(id, method)) return { metric: id, verdict, ...result };
  return { metric: id, verdict: result.missing.length > 0 ? 'missing' : 'reported', ...result };
}

/**
 * One value an image: the mean over the classes that the baseline has a value of. An image of which the run lacks one
 * has none in the run.
 */
function valuesByImage(pairs: readonly Pair[], id: string) {
  const images = new Map<string, { before: number[]; after: (number | undefined)[] }>();
  for (const { baseline, run } of pairs) {
    const value = baseline.values[id];
    if (value === undefined) continue;
    const { before, after } = images.get(baseline.image) ?? { before: [], after: [] };
    images.set(baseline.image, { before: [...before, value], after: [...after, run.values[id]] });
  }
  const before = [...images].map(([image, { before }]) => [image, mean(before) as number] as const);
  const after = [...images].flatMap(([image, { after }]) =>
    after.every((value) => value !== undefined) ? [[image, mean(after) as number] as const] : [],
  );
  return { before: new Map(before), after: new Map(after) };
}

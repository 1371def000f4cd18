import { basename } from 'node:path';
import { calledOfAll } from '../datasets/kinds.js';
import { InputError } from '../errors.js';
import type { Statistics } from '../evaluation/families/family.js';
import { type MethodKey, valuesByImage } from '../evaluation/families/rows.js';
import type { Differing } from '../experiment/differences.js';
import { compare, type Comparison as Paired } from '../metrics/comparison.js';
import type { Estimate } from '../metrics/estimate.js';
import type { MetricInfo } from '../metrics/metric.js';
import { holm } from '../metrics/statistics.js';
import { findingsOf, statisticsOf } from '../results/findings.js';
import type { FinishedRun } from '../results/finished.js';
import { type MeasuredMetric, measuredMetrics } from '../results/measured.js';
import { differingDefinitions } from './definitions.js';
import { otherImages, sharedImages } from './images.js';

/** Runs side by side: how they were defined, what they measured, and how what they measured on the same images differs. */
export interface Comparison {
  /** What is called images below: images, signals, texts; samples, where runs have several kinds. */
  readonly samples: string;
  readonly runs: readonly ComparedRun[];
  /** Where the definitions differ; a value a run. */
  readonly definition: readonly Differing[];
  readonly metrics: readonly ComparedMetric[];
}

export interface ComparedRun {
  /** The last part of its path, or the whole where that is another's as well. */
  readonly name: string;
  /** Images with numbers. */
  readonly images: number;
  /** Of these, images that the first run has, too: the same files under the same names. */
  readonly shared: number;
  /** Images that have the name of one of the first run's, but are other files: they are not paired. */
  readonly others: readonly string[];
}

export interface ComparedMetric extends Pick<MetricInfo, 'label' | 'direction' | 'source'> {
  readonly metric: string;
  /** Whether it is among those that a terminal shows. */
  readonly main: boolean;
  readonly methods: readonly ComparedMethod[];
}

/** A method on a network, or on the only one of every run. */
export interface ComparedMethod {
  readonly method: string;
  readonly network?: string;
  /** One a run; null where a run has no value. */
  readonly values: readonly (Estimate | null)[];
  /** One a run, to the first: null of the first itself, and where no image has both. */
  readonly differences: readonly (Difference | null)[];
}

/** A run minus the first, image by image. */
export interface Difference extends Paired {
  /** The p-value after Holm's correction over all methods and runs of the metric. */
  readonly adjustedPValue: number;
}

/** A run with what tables are made from. */
interface Measured {
  readonly run: FinishedRun;
  readonly metrics: readonly MeasuredMetric[];
  /** The images that it shares with the first run. */
  readonly shared: readonly string[];
}

/**
 * Compares finished runs with the first of them. A method is paired with the same method of another run, on the network of
 * the same name, or on the only network where every run has only one; an image with itself where it is the same file.
 * Intervals and tests are made as the first run's config says.
 *
 * @param runs at least one
 * @throws InputError for the same one twice
 */
export function compareRuns(runs: readonly FinishedRun[]): Comparison {
  const paths = runs.map(({ directory }) => directory.path);
  const twice = paths.find((path, i) => paths.indexOf(path) !== i);
  if (twice !== undefined) throw new InputError(`compare: expected each run once, got ${twice} twice`);
  const [first] = runs as [FinishedRun];
  const measured = runs.map((run) => ({
    run,
    metrics: measuredMetrics(findingsOf(run.record, run.collection, run.selection)),
    shared: [...sharedImages(first, run)],
  }));
  const statistics = statisticsOf(
    first.record.experiment,
    runs.map(({ selection }) => selection),
  );
  const names = namesOf(paths);
  const ids = new Set(measured.flatMap(({ metrics }) => metrics.map(({ info }) => info.id)));
  return {
    samples: calledOfAll(runs.map(({ record }) => record.experiment.dataset.type)).samples,
    runs: measured.map(({ run, shared }, i) => ({
      name: names[i] as string,
      images: new Set(run.collection.images.map(({ image }) => image)).size,
      shared: shared.length,
      others: otherImages(first, run),
    })),
    definition: differingDefinitions(runs.map(({ record }) => record)),
    metrics: [...ids].map((id) => comparedMetric(id, measured, statistics)),
  };
}

/** The last parts of the paths where they tell the runs from each other. */
function namesOf(paths: readonly string[]): string[] {
  const names = paths.map((path) => basename(path));
  return new Set(names).size === names.length ? names : [...paths];
}

function comparedMetric(id: string, measured: readonly Measured[], statistics: Statistics): ComparedMetric {
  const own = measured.map(({ metrics }) => metrics.find(({ info }) => info.id === id));
  const [known] = own.filter((metric) => metric !== undefined) as [MeasuredMetric];
  const { label, direction, source } = known.info;
  const byNetwork = measured.some(({ run }) => run.record.experiment.networks.length > 1);
  const keyOf = ({ method, network }: MethodKey) => JSON.stringify([method, byNetwork ? network : '']);
  const keys = new Map(
    own.flatMap((metric) => (metric?.rows ?? []).map((row) => [keyOf(row), row] as const)),
  );
  const paired = [...keys].map(([key, { method, network }]) => ({
    method,
    ...(byNetwork && { network }),
    values: own.map((metric) => metric?.rows.find((row) => keyOf(row) === key)?.metrics[id] ?? null),
    differences: differencesOf(id, measured, statistics, (row) => keyOf(row) === key),
  }));
  const adjusted = holm(
    paired.flatMap(({ differences }) => differences.map((difference) => difference?.pValue)),
  );
  const methods = paired.map((one, m) => ({
    ...one,
    differences: one.differences.map(
      (difference, i) =>
        difference && { ...difference, adjustedPValue: adjusted[m * measured.length + i] as number },
    ),
  }));
  return { metric: id, label, direction, source, main: own.some((metric) => metric?.main), methods };
}

/** Each run minus the first, of the rows of one method. */
function differencesOf(
  id: string,
  measured: readonly Measured[],
  statistics: Statistics,
  isOwn: (row: MethodKey) => boolean,
): (Paired | null)[] {
  const [first] = measured as readonly [Measured];
  const valuesOf = ({ metrics }: Measured) => {
    const { values = [] } = metrics.find(({ info }) => info.id === id) ?? {};
    return valuesByImage(values.filter(isOwn), id);
  };
  const before = valuesOf(first);
  return measured.map((other) => {
    if (other === first) return null;
    const after = valuesOf(other);
    const column = (values: ReadonlyMap<string, number>) => other.shared.map((image) => values.get(image));
    return compare(column(after), column(before), statistics.bootstrap, statistics) ?? null;
  });
}

import { groupBy, valuesByImage } from '../evaluation/families/rows.js';
import type { UnitResult } from '../evaluation/unit.js';
import type { Experiment, StopConfig } from '../experiment/config.js';
import { type WatchedMetric, watchedMetric } from '../experiment/stop.js';
import { mean } from '../metrics/statistics.js';
import { anytimePValue, type StopRule, signRule, type Watch, widthRule } from '../metrics/stopping.js';
import { type CollectedRow, type Collection, partsOf, rowsOf } from './collect.js';
import type { Selection, StopsBy } from './selection.js';

/** The value of the watched metric by method, of one image. */
export type ImageValues = ReadonlyMap<string, number>;

/** A mean over images that a rule watches: of one method, or of the paired differences of two. */
interface Watched {
  readonly methods: readonly [string, string?];
  readonly rule: StopRule;
}

/** What summary.json says of a run that may stop early. */
export interface StoppingSummary {
  readonly metric: string;
  readonly rule: string;
  /** Whether the rule ended the run; else it came to its last image. */
  readonly stopped: boolean;
  readonly by: StopsBy;
  /** Images in the run, and how many it might have had. */
  readonly images: number;
  readonly of: number;
  readonly watched: readonly WatchedSummary[];
}

/** A mean, or a mean of paired differences (`method` minus `than`), over the images that have it. */
export interface WatchedSummary {
  readonly method: string;
  readonly than?: string;
  readonly images: number;
  readonly value: number | undefined;
  /** Of a mean difference of 0, whenever the run was stopped. */
  readonly anytimePValue?: number;
  /** Why the rule may not keep what it promises. */
  readonly doubts: readonly string[];
}

/** Follows a run image by image in its order, and knows when it may end. */
export class Stopping {
  readonly #metric: WatchedMetric;
  readonly #watched: readonly { readonly of: Watched; readonly watch: Watch }[];
  #images = 0;

  constructor(experiment: Experiment, stop: StopConfig) {
    this.#metric = watchedMetric(experiment, stop);
    this.#watched = watchedBy(experiment, stop, this.#metric).map((of) => ({ of, watch: of.rule.watch() }));
  }

  /** What the rules need of an image; nothing of one that was left out. */
  valuesOf(unit: UnitResult): ImageValues {
    return unit.status === 'done' ? imageValues(rowsOf(unit), this.#metric) : new Map();
  }

  /** Takes the next image; returns whether the run ends with it: all rules are met at once. */
  take(values: ImageValues): boolean {
    this.#images++;
    for (const { of, watch } of this.#watched) {
      const value = watchedValue(of, values);
      if (value !== undefined) watch.add(value);
    }
    return this.#watched.every(({ watch }) => watch.met(this.#images));
  }
}

/** What tells a run with this config to stop. */
export function stopsBy({ decide }: StopConfig): StopsBy {
  return decide ? 'sign' : 'width';
}

/** Every pair of the methods to decide among, which share the probability of error; or every method. */
function watchedBy(experiment: Experiment, stop: StopConfig, { info }: WatchedMetric): Watched[] {
  const { level } = experiment.statistics;
  const share = info.share === true;
  const { decide, most, halfWidth = 0 } = stop;
  if (!decide) {
    const rule = widthRule({ halfWidth, confidence: level, share });
    return experiment.methods.map((method) => ({ methods: [method], rule }));
  }
  const pairs = decide.flatMap((first, i) => decide.slice(i + 1).map((second) => [first, second] as const));
  const rule = signRule({ alpha: (1 - level) / pairs.length, share, most });
  return pairs.map((methods) => ({ methods, rule }));
}

function watchedValue({ methods: [method, than] }: Watched, values: ImageValues): number | undefined {
  const own = values.get(method);
  if (own === undefined || than === undefined) return own;
  const other = values.get(than);
  return other === undefined ? undefined : own - other;
}

function imageValues(rows: readonly CollectedRow[], { info, family }: WatchedMetric): ImageValues {
  const measured = partsOf(rows, family).map(({ part, ...key }) => ({
    ...key,
    part: family.values?.(part) ?? {},
  }));
  const methods = new Set(measured.map(({ method }) => method));
  return new Map(
    [...methods].flatMap((method) => {
      const own = measured.filter((row) => row.method === method);
      const [value] = valuesByImage(own, info.id).values();
      return value === undefined ? [] : [[method, value] as const];
    }),
  );
}

/** What is to be said of when a run stopped; undefined where it was not asked to. */
export function stoppingSummary(
  experiment: Experiment,
  { images, stopped }: Selection,
  { rows }: Collection,
): StoppingSummary | undefined {
  const { stop } = experiment;
  if (!stop) return undefined;
  const metric = watchedMetric(experiment, stop);
  const watched = watchedBy(experiment, stop, metric);
  const byImage = groupBy(rows, ({ image }) => image);
  const columns = images.map((image) => imageValues(byImage.get(image) ?? [], metric));
  return {
    metric: stop.metric,
    rule: watched[0]?.rule.words ?? '',
    stopped: stopped !== undefined,
    by: stopsBy(stop),
    images: images.length,
    of: stopped?.of ?? images.length,
    watched: watched.map((one) => {
      const values = columns.flatMap((column) => watchedValue(one, column) ?? []);
      const [method, than] = one.methods;
      const p = than === undefined || stopped?.by !== 'sign' ? undefined : anytimePValue(values);
      return {
        method,
        ...(than !== undefined && { than }),
        images: values.length,
        value: mean(values),
        ...(p !== undefined && { anytimePValue: p }),
        doubts: one.rule.doubts(values),
      };
    }),
  };
}

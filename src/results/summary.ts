import type { KindName } from '../datasets/kinds.js';
import { groupRows, type MethodRow } from '../evaluation/families/rows.js';
import { FAMILIES, type Sections } from '../evaluation/families/table.js';
import type { Experiment } from '../experiment/config.js';
import { BLOW_UP } from '../explain/conservation.js';
import { type Called, counted } from '../input/called.js';
import { type AveragePrecision, averagePrecision } from '../metrics/average-precision.js';
import { isNearChance } from '../metrics/chance.js';
import type { Estimate } from '../metrics/estimate.js';
import { wilsonShare } from '../metrics/share.js';
import { mean } from '../metrics/statistics.js';
import type { CollectedRow, Collection } from './collect.js';
import { type Finding, statisticsOf } from './findings.js';
import { type Ranks, ranksOf } from './ranks.js';
import { isFixedSample, type Selection } from './selection.js';
import { type StoppingSummary, stoppingSummary } from './stopping.js';
import { sumsOf } from './sums.js';

/** summary.json: what a run found, for machines and for the report. */
export interface Summary extends Sections, Ranks {
  readonly name: string;
  /** The type of the data set: what is called images below may be signals or texts. */
  readonly dataset: KindName;
  readonly networks: readonly string[];
  readonly images: {
    /** Units with numbers: images times networks. */
    readonly done: number;
    readonly skipped: readonly LeftOut[];
    readonly failed: readonly LeftOut[];
    /** Listed by the data set, but not on disk. */
    readonly missing: number;
    /** With `select: correct` or `wrong`: classified the other way, so passed over. */
    readonly passedOver: number;
  };
  /** Where the experiment says when to stop: what became of it. */
  readonly stopping?: StoppingSummary;
  /** By network: share of labelled images that get one of their labels, with Wilson's interval. */
  readonly accuracy: Readonly<Record<string, Estimate>>;
  /** Networks whose accuracy cannot be told from guessing among the classes that occur. */
  readonly nearChance: readonly string[];
  /** By network and class: average precision over images (PASCAL VOC), and its mean. */
  readonly averagePrecision: Readonly<
    Record<string, { readonly mean: number | undefined; readonly classes: Readonly<Record<string, number>> }>
  >;
  /** Annotated classes without a measure, by reason. */
  readonly unmeasured: Readonly<Record<string, number>>;
  /** How far heatmaps are from the sums that they should have, by network and method. */
  readonly sums: readonly MethodRow[];
  /** Explanations whose relevance grew beyond {@link BLOW_UP} times its start. */
  readonly flagged: readonly { network: string; method: string; explanations: number; largest: number }[];
}

export interface LeftOut {
  readonly network?: string;
  readonly image: string;
  readonly reason: string;
}

/** Sums up what a run found. */
export function summarise(
  experiment: Experiment,
  selection: Selection,
  collection: Collection,
  findings: readonly Finding[],
): Summary {
  const statistics = statisticsOf(experiment, [selection]);
  const { rows, images, leftOut } = collection;
  const left = (status: 'skipped' | 'failed') =>
    leftOut
      .filter((one) => one.status === status)
      .map(({ network, image, reason }) => ({ network, image, reason }));
  const stopping = stoppingSummary(experiment, selection, collection);
  return {
    name: experiment.name,
    dataset: experiment.dataset.type,
    networks: experiment.networks.map(({ name }) => name),
    images: {
      done: images.length,
      skipped: left('skipped'),
      failed: [...selection.unreadable, ...left('failed')],
      missing: selection.missing,
      passedOver: selection.passedOver.length,
    },
    ...(stopping && { stopping }),
    accuracy: accuracyOf(collection, experiment.statistics.level, isFixedSample(selection)),
    // Of images that were chosen by it, accuracy says nothing.
    nearChance: experiment.dataset.select === 'all' ? nearChanceOf(collection) : [],
    averagePrecision: averagePrecisionOf(collection, precisionOf(experiment)),
    ...sectionsOf(findings),
    ...ranksOf(findings, statistics),
    unmeasured: unmeasuredOf(collection),
    sums: sumsOf(rows, statistics.bootstrap),
    flagged: flaggedOf(rows),
  };
}

/** The sections of every family; empty ones of those that were not asked for. */
function sectionsOf(findings: readonly Finding[]): Sections {
  const sections = FAMILIES.map((family) => {
    const finding = findings.find((one) => one.family === family);
    return finding?.found.sections ?? Object.fromEntries(family.sections.map((key) => [key, []]));
  });
  return Object.assign({}, ...sections);
}

/** By network: the share of labelled images that get one of their labels, with its interval where that holds. */
function accuracyOf(
  { images }: Collection,
  confidence: number,
  fixedSample: boolean,
): Record<string, Estimate> {
  return byNetwork(images, (own) => {
    const labelled = own.filter(({ labels }) => labels.length > 0);
    const hits = labelled.map(({ labels, predicted }) => (labels.includes(predicted) ? 1 : 0));
    const share = wilsonShare(hits, confidence);
    return share && (fixedSample ? share : { ...share, low: undefined, high: undefined });
  });
}

/** A share with its interval, where it has one, in percent. */
export function percentage({ value, low, high, images }: Estimate, called: Called): string {
  const percent = (one: number) => (100 * one).toFixed(1);
  const interval = low === undefined || high === undefined ? '' : ` [${percent(low)}, ${percent(high)}]`;
  return `${percent(value)} %${interval} of ${counted(images, called)}`;
}

/** Networks that hit no more labels than guessing might: often a sign of classes that are not the network's outputs. */
function nearChanceOf({ images }: Collection): string[] {
  const near = byNetwork(images, (own) => {
    const labelled = own.filter(({ labels }) => labels.length > 0);
    const hits = labelled.filter(({ labels, predicted }) => labels.includes(predicted)).length;
    const classes = new Set(labelled.flatMap(({ labels, predicted }) => [...labels, predicted])).size;
    const chance = mean(labelled.map(({ labels }) => labels.length)) ?? 0;
    return classes > chance && isNearChance(hits, labelled.length, chance / classes) ? true : undefined;
  });
  return Object.keys(near);
}

/** How average precision is taken: as the data set's config says. */
function precisionOf({ dataset }: Experiment): AveragePrecision {
  return ('averagePrecision' in dataset ? dataset.averagePrecision : undefined) ?? 'area';
}

/** By network and class: average precision over the images that show the class clearly or not at all; only where the data set's classes were scored. */
function averagePrecisionOf({ images }: Collection, kind: AveragePrecision): Summary['averagePrecision'] {
  return byNetwork(images, (own) => {
    const scored = own.filter(({ classScores }) => classScores !== undefined);
    const names = Object.keys(scored[0]?.classScores ?? {});
    const classes = Object.fromEntries(
      names.flatMap((name) => {
        const counted = scored.filter(({ difficult }) => !difficult.includes(name));
        const value = averagePrecision(
          counted.map(({ classScores }) => classScores?.[name] as number),
          counted.map(({ labels }) => labels.includes(name)),
          kind,
        );
        return value === undefined ? [] : [[name, value]];
      }),
    );
    return names.length === 0 ? undefined : { mean: mean(Object.values(classes)), classes };
  });
}

/** How often each reason kept an annotated class from being measured. */
function unmeasuredOf({ images }: Collection): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason } of images.flatMap(({ unmeasured }) => unmeasured))
    counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

/** Methods some of whose explanations blew up. */
function flaggedOf(rows: readonly CollectedRow[]): Summary['flagged'] {
  return [...groupRows(rows).values()].flatMap((group) => {
    const growth = group.map(({ relevance: { absolute, start } }) =>
      start ? absolute / Math.abs(start) : 0,
    );
    const blown = growth.filter((times) => times > BLOW_UP);
    const { network, method } = group[0] as CollectedRow;
    return blown.length === 0
      ? []
      : [
          {
            network,
            method,
            explanations: blown.length,
            largest: blown.reduce((most, times) => Math.max(most, times)),
          },
        ];
  });
}

function byNetwork<T extends { network: string }, R>(
  items: readonly T[],
  of: (own: T[]) => R | undefined,
): Record<string, R> {
  const networks = [...new Set(items.map(({ network }) => network))];
  return Object.fromEntries(
    networks.flatMap((network) => {
      const value = of(items.filter((item) => item.network === network));
      return value === undefined ? [] : [[network, value]];
    }),
  );
}

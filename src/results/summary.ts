import type { Experiment } from '../experiment/config.js';
import { BLOW_UP } from '../explain/conservation.js';
import { AOPC_METRICS } from '../metrics/aopc.js';
import { averagePrecision } from '../metrics/average-precision.js';
import type { Bootstrap } from '../metrics/bootstrap.js';
import { rankMethods } from '../metrics/ranking.js';
import { mean } from '../metrics/statistics.js';
import type { Collection, Row } from './collect.js';
import type { SanityRow, SanityVerdict } from './sanity-table.js';
import { type ContextRow, groupRows, type MethodRow, type NetworkRanking, valuesByImage } from './tables.js';

/** summary.json: what a run found, for machines and for the report. */
export interface Summary {
  readonly name: string;
  readonly images: {
    /** Units with numbers: images times networks. */
    readonly done: number;
    readonly skipped: readonly LeftOut[];
    readonly failed: readonly LeftOut[];
    /** Listed by the data set, but not on disk. */
    readonly missing: number;
    /** With `select: correct`: passed over. */
    readonly misclassified: number;
  };
  /** By network: share of labelled images that get one of their labels. */
  readonly accuracy: Readonly<Record<string, number>>;
  /** By network and class: average precision over images (PASCAL VOC), and its mean. */
  readonly averagePrecision: Readonly<
    Record<string, { readonly mean: number | undefined; readonly classes: Readonly<Record<string, number>> }>
  >;
  readonly methods: readonly MethodRow[];
  /** By network: methods from best to worst, with ties and every paired comparison. */
  readonly rankings: readonly NetworkRanking[];
  readonly context: readonly ContextRow[];
  readonly complexity: readonly MethodRow[];
  readonly robustness: readonly MethodRow[];
  readonly sanity: readonly SanityRow[];
  /** Whether methods react to the network, or draw much the same whatever it has learned. */
  readonly reactions: readonly SanityVerdict[];
  /** Annotated classes without a measure, by reason. */
  readonly unmeasured: Readonly<Record<string, number>>;
  /** Explanations whose relevance grew beyond {@link BLOW_UP} times its start. */
  readonly flagged: readonly { network: string; method: string; explanations: number; largest: number }[];
}

export interface LeftOut {
  readonly network?: string;
  readonly image: string;
  readonly reason: string;
}

/** The metrics that methods are ranked by. */
const RANKED = ['aopc_morf', 'abpc'];

/** Rankings of the methods of every network by the metrics that were measured. */
export function rankingsOf(
  rows: readonly Row[],
  bootstrap: Bootstrap,
  { seed, level }: { seed: number; level: number },
) {
  const networks = [...new Set(rows.map(({ network }) => network))];
  return networks.flatMap((network) =>
    AOPC_METRICS.filter(({ id }) => RANKED.includes(id)).flatMap(({ id, direction }) => {
      const own = rows.filter((row) => row.network === network && row.aopc?.[id] !== undefined);
      const images = [...new Set(own.map(({ image }) => image))];
      const values = new Map(
        [...groupRows(own).values()].map((group) => {
          const byImage = valuesByImage(group, (row) => row.aopc?.[id]);
          return [(group[0] as Row).method, images.map((image) => byImage.get(image))] as const;
        }),
      );
      if (values.size < 2) return [];
      return [
        { network, metric: id, ...rankMethods(values, direction, bootstrap, { seed, level: 1 - level }) },
      ];
    }),
  );
}

/** By network: the share of labelled images that get one of their labels. */
export function accuracyOf({ images }: Collection): Record<string, number> {
  return byNetwork(images, (own) => {
    const labelled = own.filter(({ labels }) => labels.length > 0);
    return mean(labelled.map(({ labels, predicted }) => (labels.includes(predicted) ? 1 : 0)));
  });
}

/** By network and class: average precision; only where the data set's classes were scored. */
export function averagePrecisionOf({ images }: Collection): Summary['averagePrecision'] {
  return byNetwork(images, (own) => {
    const scored = own.filter(({ classScores }) => classScores !== undefined);
    const names = Object.keys(scored[0]?.classScores ?? {});
    const classes = Object.fromEntries(
      names.flatMap((name) => {
        const scores = scored.map(({ classScores }) => classScores?.[name] as number);
        const value = averagePrecision(
          scores,
          scored.map(({ labels }) => labels.includes(name)),
          'area',
        );
        return value === undefined ? [] : [[name, value]];
      }),
    );
    return names.length === 0 ? undefined : { mean: mean(Object.values(classes)), classes };
  });
}

/** How often each reason kept an annotated class from being measured. */
export function unmeasuredOf({ images }: Collection): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason } of images.flatMap(({ unmeasured }) => unmeasured))
    counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

/** Methods some of whose explanations blew up. */
export function flaggedOf(rows: readonly Row[]): Summary['flagged'] {
  return [...groupRows(rows).values()].flatMap((group) => {
    const growth = group.map(({ relevance: { absolute, start } }) =>
      start ? absolute / Math.abs(start) : 0,
    );
    const blown = growth.filter((times) => times > BLOW_UP);
    const { network, method } = group[0] as Row;
    return blown.length === 0
      ? []
      : [{ network, method, explanations: blown.length, largest: Math.max(...blown) }];
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

/** Statistics of an experiment, as the metrics take them. */
export function bootstrapOptions({ statistics }: Pick<Experiment, 'statistics'>) {
  const { seed, resamples, level, interval } = statistics;
  return { seed, resamples, confidence: level, method: interval };
}

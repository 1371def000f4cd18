import type { Bootstrap } from '../../metrics/bootstrap.js';
import type { Estimate } from '../../metrics/estimate.js';
import type { MetricInfo } from '../../metrics/metric.js';
import type { Measures } from './measures.js';

/** One method on one network. */
export interface MethodKey {
  readonly network: string;
  readonly method: string;
}

/** Identifies one explanation of a run. */
export interface ExplanationKey extends MethodKey {
  readonly image: string;
  readonly class: string;
}

/** One explanation with what a family measured of it. */
export interface Row<Part> extends ExplanationKey {
  readonly part: Part;
}

/** A method's mean of each metric over images, with intervals. */
export interface MethodRow extends MethodKey {
  /** Images that the method was measured on. */
  readonly images: number;
  readonly metrics: Readonly<Record<string, Estimate>>;
}

/** Groups rows by network and method, in order of appearance. */
export function groupRows<R extends MethodKey>(rows: readonly R[]): Map<string, R[]> {
  return groupBy(rows, ({ network, method }) => JSON.stringify([network, method]));
}

/** Groups items by a key, in order of appearance. */
export function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/** By network and method: the mean of each metric over images. */
export function methodTable(
  rows: readonly Row<Measures>[],
  metrics: readonly Averaged[],
  bootstrap: Bootstrap,
): MethodRow[] {
  return [...groupRows(rows).values()].map((group) => {
    const { network, method } = group[0] as Row<Measures>;
    const images = new Set(group.map(({ image }) => image)).size;
    return { network, method, images, metrics: estimates(group, metrics, bootstrap) };
  });
}

/** A metric whose mean over images is taken. */
export type Averaged = Pick<MetricInfo, 'id' | 'share' | 'range'>;

/** The mean of each metric over images; an image with several classes counts once, with its mean. */
export function estimates(
  rows: readonly Row<Measures>[],
  metrics: readonly Averaged[],
  bootstrap: Bootstrap,
): Record<string, Estimate> {
  return Object.fromEntries(
    metrics.flatMap((metric) => {
      const { id } = metric;
      const estimate = estimateOf(metric, [...valuesByImage(rows, id).values()], bootstrap);
      return estimate ? [[id, estimate] as const] : [];
    }),
  );
}

/** The mean of one value an image, with the interval that suits the metric. */
export function estimateOf(
  { share, range }: Averaged,
  values: readonly number[],
  bootstrap: Bootstrap,
): Estimate | undefined {
  return share ? bootstrap.share(values) : bootstrap.mean(values, range);
}

/** One value of a metric an image: the mean over the image's rows that have one. */
export function valuesByImage(rows: readonly Row<Measures>[], id: string): Map<string, number> {
  const sums = new Map<string, { sum: number; count: number }>();
  for (const { image, part } of rows) {
    const own = part[id];
    if (own === undefined) continue;
    const { sum, count } = sums.get(image) ?? { sum: 0, count: 0 };
    sums.set(image, { sum: sum + own, count: count + 1 });
  }
  return new Map([...sums].map(([image, { sum, count }]) => [image, sum / count]));
}

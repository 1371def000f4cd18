import type { Statistics } from '../evaluation/families/family.js';
import { groupRows, type MethodRow, valuesByImage } from '../evaluation/families/rows.js';
import { type CsvRow, writeCsv } from '../files/csv.js';
import { kendall } from '../metrics/kendall.js';
import type { Direction } from '../metrics/metric.js';
import { type MethodRank, rankRanges } from '../metrics/ranking.js';
import type { ResultsDirectory } from './directory.js';
import type { Finding } from './findings.js';
import { type MeasuredMetric, measuredMetrics } from './measured.js';

/** How one metric ranks the methods of a network. */
export interface MetricRanks {
  readonly network: string;
  readonly metric: string;
  readonly label: string;
  readonly direction: Direction;
  /** Images that have a value of every method that has one at all. */
  readonly images: number;
  /** From best to worst. */
  readonly methods: readonly MethodRank[];
}

/** How alike two metrics rank the methods of a network. */
export interface MetricAgreement {
  readonly network: string;
  readonly first: string;
  readonly second: string;
  /** Kendall's tau-b of the means, each from its better end; undefined where one of them does not vary. */
  readonly kendall: number | undefined;
  /** Methods that have both. */
  readonly methods: number;
}

/** The methods of every network by every metric that families rank by, and where these metrics disagree. */
export interface Ranks {
  readonly metricRanks: readonly MetricRanks[];
  readonly metricAgreement: readonly MetricAgreement[];
}

/** Fewer have no order that metrics could disagree in. */
const FEWEST_METHODS = 3;

export function ranksOf(findings: readonly Finding[], statistics: Statistics): Ranks {
  const ranked = measuredMetrics(findings).filter((metric) => metric.ranked);
  const networks = [...new Set(findings.flatMap(({ found }) => found.networks))];
  const all = networks.map((network) => {
    const own = ranked
      .map((metric) => metricRanks(metric, network, statistics))
      .filter(({ methods }) => methods.length >= FEWEST_METHODS);
    return own.length < 2 ? [] : own;
  });
  return { metricRanks: all.flat(), metricAgreement: all.flatMap(agreementOf) };
}

/** The ranks of a network's methods by a metric. */
export function metricRanks(
  { info, values }: Pick<MeasuredMetric, 'info' | 'values'>,
  network: string,
  { seed, confidence, fixedSample }: Statistics,
): MetricRanks {
  const { id, label, direction } = info;
  const own = values.filter((row) => row.network === network && row.part[id] !== undefined);
  const images = [...new Set(own.map(({ image }) => image))];
  const columns = new Map(
    [...groupRows(own).values()].map((group) => {
      const byImage = valuesByImage(group, id);
      return [
        (group[0] as Pick<MethodRow, 'method'>).method,
        images.map((image) => byImage.get(image)),
      ] as const;
    }),
  );
  const test = { seed, level: 1 - confidence, fixedSample };
  return { network, metric: id, label, direction, ...rankRanges(columns, direction, test) };
}

/** Every two metrics of one network. */
function agreementOf(ranks: readonly MetricRanks[]): MetricAgreement[] {
  return ranks.flatMap((first, i) =>
    ranks.slice(i + 1).map((second) => {
      const pairs = first.methods.flatMap((one) => {
        const other = second.methods.find(({ id }) => id === one.id);
        return other ? [[one.rank, other.rank] as const] : [];
      });
      const [a, b] = [pairs.map(([rank]) => rank), pairs.map(([, rank]) => rank)];
      return {
        network: first.network,
        first: first.metric,
        second: second.metric,
        kendall: kendall(a, b),
        methods: pairs.length,
      };
    }),
  );
}

/** Writes the files of ranks, where there are some. */
export async function writeRanks(
  directory: ResultsDirectory,
  { metricRanks, metricAgreement }: Ranks,
): Promise<void> {
  if (metricRanks.length === 0) return;
  const rows = metricRanks.flatMap(({ network, metric, direction, images, methods }) =>
    methods.map(({ id, mean, rank, first, last }): CsvRow<string> => {
      return { metric, better: direction, method: id, images, mean, rank, first, last, network };
    }),
  );
  const columns = ['metric', 'better', 'method', 'images', 'mean', 'rank', 'first', 'last', 'network'];
  await writeCsv(directory.file('ranks.csv'), columns, rows);
  const pairs = metricAgreement.map((pair): CsvRow<string> => ({ ...pair }));
  await writeCsv(
    directory.file('agreement.csv'),
    ['first', 'second', 'kendall', 'methods', 'network'],
    pairs,
  );
}

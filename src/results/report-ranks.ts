import { entryOf } from '../evaluation/families/report-table.js';
import type { Called } from '../input/called.js';
import type { RanksOnPage, ResultTable } from '../report/html/data.js';
import type { MetricAgreement, MetricRanks, Ranks } from './ranks.js';

/** How many pairs of metrics the page names that agree least. */
const NAMED = 3;

/** What the report says of ranks; undefined where there are none. */
export function ranksOnPage(
  { metricRanks, metricAgreement }: Ranks,
  called: Called,
): RanksOnPage | undefined {
  if (metricRanks.length === 0) return undefined;
  const networks = [...new Set(metricRanks.map(({ network }) => network))];
  return {
    sentences: networks.flatMap((network) => {
      const pairs = metricAgreement.filter((pair) => pair.network === network);
      return disagreement(network, pairs, labelsOf(metricRanks));
    }),
    tables: [
      rankTable(metricRanks, networks, called),
      ...networks.map((network) =>
        agreementTable(
          network,
          metricRanks.filter((ranks) => ranks.network === network),
          metricAgreement.filter((pair) => pair.network === network),
          networks,
        ),
      ),
    ],
  };
}

function labelsOf(ranks: readonly MetricRanks[]): ReadonlyMap<string, string> {
  return new Map(ranks.map(({ metric, label }) => [metric, label]));
}

function disagreement(
  network: string,
  pairs: readonly MetricAgreement[],
  labels: ReadonlyMap<string, string>,
): string[] {
  const known = pairs.flatMap((pair) => (pair.kendall === undefined ? [] : [{ ...pair, tau: pair.kendall }]));
  const least = known.sort((a, b) => a.tau - b.tau).slice(0, NAMED);
  if (least.length === 0) return [];
  if (least[0]?.tau === 1) return [`On ${network}, all metrics order the methods alike.`];
  const named = least.map(
    ({ first, second, tau, methods }) =>
      `${labels.get(first)} and ${labels.get(second)} (${signed(tau)}, ${methods} methods)`,
  );
  return [
    `On ${network}, the metrics that agree least on the order of methods, by Kendall’s tau: ${named.join('; ')}.`,
  ];
}

/** A row a method, a column a metric. */
function rankTable(
  ranks: readonly MetricRanks[],
  networks: readonly string[],
  { samples }: Called,
): ResultTable {
  const metrics = [...new Map(ranks.map((one) => [one.metric, one])).values()];
  const entries = networks.flatMap((network) => {
    const own = ranks.filter((one) => one.network === network);
    const methods = [...new Set(own.flatMap((one) => one.methods.map(({ id }) => id)))];
    return methods.map((method) => ({
      ...entryOf({ network, method }, networks),
      cells: metrics.map(({ metric }) =>
        rankText(
          own.find((one) => one.metric === metric),
          method,
        ),
      ),
    }));
  });
  return {
    title: 'Ranks of the methods by every metric',
    note: `The rank of the mean over ${samples}, 1 is best. In brackets the ranks that are left open by methods that a paired test (Holm over the column) does not separate. Methods stand in the order of the first column.`,
    rows: 'method',
    columns: metrics.map(({ label, direction }) => ({
      title: label,
      ...(direction !== 'neutral' && { better: direction }),
    })),
    entries,
  };
}

function rankText(ranks: MetricRanks | undefined, method: string): string | undefined {
  const own = ranks?.methods.find(({ id }) => id === method);
  if (!own) return undefined;
  const { rank, first, last } = own;
  return first === last ? `${rank}` : `${rank} (${first}–${last})`;
}

/** Every two metrics once, below the diagonal. */
function agreementTable(
  network: string,
  ranks: readonly MetricRanks[],
  pairs: readonly MetricAgreement[],
  networks: readonly string[],
): ResultTable {
  const most = Math.max(...pairs.map(({ methods }) => methods));
  return {
    title: `Where metrics disagree${networks.length > 1 ? `: ${network}` : ''}`,
    note: `Kendall’s tau-b of how two metrics rank the methods, each from its better end: 1 the same order, 0 unrelated, −1 opposite; ${most} methods, else as many as stand in brackets.`,
    rows: 'metric',
    columns: ranks.slice(0, -1).map(({ label }) => ({ title: label })),
    entries: ranks.slice(1).map(({ metric, label }, row) => ({
      label,
      cells: ranks.slice(0, -1).map((other, column) => {
        if (column > row) return '';
        const pair = pairs.find(({ first, second }) => first === other.metric && second === metric);
        if (pair?.kendall === undefined) return undefined;
        return `${signed(pair.kendall)}${pair.methods < most ? ` (${pair.methods})` : ''}`;
      }),
    })),
  };
}

function signed(tau: number): string {
  return tau
    .toFixed(2)
    .replace(/^-(?=[0.]*$)/, '')
    .replace('-', '−');
}

import { type MetricInfo, UNIT_RANGE } from '../../../metrics/metric.js';
import type { BarChart } from '../../../report/types.js';
import type { Figure, Found, ReportTables, Summarised, TerminalTable } from '../family.js';
import { RANDOM } from '../perturbation/perturb.js';
import { entryOf, shown } from '../report-table.js';
import { estimates, groupBy, groupRows, type MethodRow, type Row } from '../rows.js';

/** The share of each channel, by name, in the order of the input. */
export type Shares = readonly (readonly [name: string, share: number])[];

/** The share of a channel, as groups of channels have theirs. */
export const SHARE = {
  id: 'share',
  label: 'Share of positive relevance',
  direction: 'neutral',
  range: UNIT_RANGE,
  source: 'Kohlbrenner et al. 2020, arXiv 1910.09840, of a channel in place of a box',
} as const satisfies MetricInfo;

/** A method's share of relevance on a channel. */
export interface ChannelRow extends MethodRow {
  readonly channel: string;
}

/** A channel, or all but the strongest together: the share by method. */
export interface StrongestRow extends Omit<MethodRow, 'method'> {
  readonly channel: string;
}

export type ChannelSections = {
  /** Every channel in the order of the input, by network and method. */
  readonly channels: readonly ChannelRow[];
  /** By network: the channels with most relevance by any method, strongest first, and the rest as one row. */
  readonly strongestChannels: readonly StrongestRow[];
};

type Results = Summarised<unknown, Shares, ChannelSections>;

/** Channels that a terminal and a chart show one by one. */
const SHOWN = 10;

/** Every channel of every network and method. */
export function channelTable(found: Found<unknown, Shares>): ChannelRow[] {
  return [...groupRows(found.rows).values()].flatMap((own) =>
    (own[0] as Row<Shares>).part.map(([channel]) => rowOf(channel, [channel], own, found)),
  );
}

/** What a method gives some channels together, over images. */
function rowOf(
  channel: string,
  channels: readonly string[],
  own: readonly Row<Shares>[],
  { statistics }: Found<unknown, Shares>,
): ChannelRow {
  const { network, method } = own[0] as Row<Shares>;
  const named = new Set(channels);
  const shares = own.map((row) => {
    const share = row.part.reduce((sum, [name, value]) => sum + (named.has(name) ? value : 0), 0);
    return { ...row, part: { [SHARE.id]: share } };
  });
  const images = new Set(own.map(({ image }) => image)).size;
  return { network, method, channel, images, metrics: estimates(shares, [SHARE], statistics.bootstrap) };
}

/** The strongest channels of every network, and the rest. */
export function strongestChannels(
  found: Found<unknown, Shares>,
  channels: readonly ChannelRow[],
): StrongestRow[] {
  return found.networks.flatMap((network) => {
    const ofNetwork = <R extends MethodRow | Row<Shares>>(rows: readonly R[]) =>
      rows.filter((row) => row.network === network);
    const sorted = strongestFirst(ofNetwork(channels));
    const rest = sorted.length > SHOWN + 1 ? sorted.splice(SHOWN) : [];
    const together = [...groupRows(ofNetwork(found.rows)).values()].map((own) =>
      rowOf(
        `${rest.length} others`,
        rest.flatMap((rows) => rows[0]?.channel ?? []),
        own,
        found,
      ),
    );
    return [...sorted, ...(rest.length > 0 ? [together] : [])].map(byMethod);
  });
}

/**
 * The channels of a network by the largest share that any method gives them, random orders apart; equal ones in the order of
 * the input.
 */
function strongestFirst(channels: readonly ChannelRow[]): ChannelRow[][] {
  const most = (rows: readonly ChannelRow[]) =>
    Math.max(
      0,
      ...rows.map(({ method, metrics }) => (method === RANDOM ? 0 : (metrics[SHARE.id]?.value ?? 0))),
    );
  return [...groupBy(channels, ({ channel }) => channel).values()].sort((a, b) => most(b) - most(a));
}

/** One row of what the methods give a channel. */
function byMethod(rows: readonly ChannelRow[]): StrongestRow {
  const { network, channel } = rows[0] as ChannelRow;
  const shares = rows.flatMap(({ method, metrics }) => {
    const { [SHARE.id]: share } = metrics;
    return share ? [[method, share] as const] : [];
  });
  const images = Math.max(...rows.map((row) => row.images));
  return { network, channel, images, metrics: Object.fromEntries(shares) };
}

/** A row a channel, a column a method. Where there is but one channel, it has all. */
export function channelTerminal({
  channels,
  strongestChannels: rows,
}: ChannelSections): TerminalTable<StrongestRow> {
  const methods = methodsOf(channels);
  return {
    rows: rows.length > 1 ? rows : [],
    subject: { title: 'share by channel', of: ({ channel }) => channel },
    columns: methods.map((method) => ({ id: method, title: method })),
    intervals: true,
  };
}

/** The strongest channels of every network one by one, and what each would have if all had as much. */
export function channelFigures({
  sections: { channels, strongestChannels: strongest },
  networks,
}: Results): Figure[] {
  return networks.flatMap((network): Figure[] => {
    const all = new Set(channels.flatMap((row) => (row.network === network ? [row.channel] : [])));
    const rows = strongest.filter((row) => row.network === network && all.has(row.channel));
    if (rows.length < 2) return [];
    const some = rows.length < all.size ? `, the ${rows.length} strongest of ${all.size}` : '';
    const bars: BarChart = {
      title: `Relevance by channel${some}${networks.length > 1 ? ` · ${network}` : ''}`,
      x: `share of positive relevance; 1/${all.size} if all had as much`,
      groups: rows.map(({ channel }) => channel),
      series: methodsOf(channels).map((method) => ({
        label: method,
        bars: rows.map(({ metrics }) => shown(metrics[method])),
      })),
      reference: 1 / all.size,
    };
    return [{ name: 'channels', network, bars }];
  });
}

/** A row a channel, strongest first, a column a method. */
export function channelReport({ sections: { channels }, networks }: Results): ReportTables {
  const methods = methodsOf(channels);
  const entries = networks.flatMap((network) =>
    strongestFirst(channels.filter((row) => row.network === network)).map((rows) => {
      const { channel, metrics } = byMethod(rows);
      return {
        ...entryOf({ method: channel, network }, networks),
        cells: methods.map((id) => shown(metrics[id])),
      };
    }),
  );
  if (entries.length < 2) return {};
  const table = {
    title: 'Relevance by channel',
    note: 'Share of a channel in all positive relevance, over all moments; strongest first by any method.',
    rows: 'channel',
    columns: methods.map((title) => ({ title })),
    entries,
  };
  return { tables: [table] };
}

function methodsOf(channels: readonly ChannelRow[]): string[] {
  return [...new Set(channels.map(({ method }) => method))];
}

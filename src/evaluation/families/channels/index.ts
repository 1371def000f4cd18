import { z } from 'zod';
import { channelShares } from '../../../metrics/channels.js';
import type { MethodMap } from '../explained-class.js';
import type { Family } from '../family.js';
import { round } from '../measures.js';
import { requireChannels } from './require.js';
import {
  type ChannelSections,
  channelFigures,
  channelReport,
  channelTable,
  channelTerminal,
  SHARE,
  type Shares,
  strongestChannels,
} from './tables.js';

const schema = z
  .boolean()
  .optional()
  .describe('share of relevance by channel; default: of data sets whose channels are told apart');

/** Which channels of a signal relevance lies on: that of each, without anybody having named groups of them. */
export const channels: Family<'channels', typeof schema, Shares, Shares, ChannelSections> = {
  key: 'channels',
  schema,
  recordKey: 'channels',
  recorded: z.array(z.tuple([z.string(), z.number()])),
  metrics: [SHARE],
  classes: 'followed',
  describe: () => ({
    'share of a channel': 'its positive relevance, over all moments, in that of all channels',
  }),
  check: (_, networks) => requireChannels('channels', networks),

  measure: async ({ maps, instruments }) => {
    const names = instruments.network.layout.signal?.names ?? [];
    return { explanations: maps.map((map) => sharesOf(map, names)) };
  },
  read: (recorded) => recorded,

  sections: ['channels', 'strongestChannels'],
  summarise: (found) => {
    const rows = channelTable(found);
    return { channels: rows, strongestChannels: strongestChannels(found, rows) };
  },
  tables: [
    {
      file: 'channels.csv',
      section: 'channels',
      keys: ['channel', 'method', 'images'],
      metrics: () => [SHARE.id],
      main: SHARE.id,
    },
  ],
  figures: channelFigures,
  report: channelReport,
  terminal: channelTerminal,
};

/** By name, in the order of the input; undefined where no relevance is positive. */
function sharesOf({ values }: MethodMap, names: readonly string[]): Shares | undefined {
  const shares = channelShares(values, names.length);
  return shares && names.map((name, row) => [name, round(shares[row] as number)] as const);
}

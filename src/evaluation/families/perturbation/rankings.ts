import type { Called } from '../../../input/called.js';
import { AOPC_METRICS } from '../../../metrics/aopc.js';
import { type Ranking, rankMethods } from '../../../metrics/ranking.js';
import type { Statistics } from '../family.js';
import type { Measures } from '../measures.js';
import { groupRows, type MethodKey, type Row, valuesByImage } from '../rows.js';

/** A ranking of one network's methods by one metric. */
export type NetworkRanking = Ranking & { readonly network: string; readonly metric: string };

/** The metrics that methods are ranked by. */
const RANKED = ['aopc_morf', 'abpc'];

/** The metric of which tables say who is tied. */
const TIED_BY = 'aopc_morf';

/** Rankings of the methods of every network by the metrics that were measured. */
export function rankingsOf(
  rows: readonly Row<Measures>[],
  { bootstrap, seed, confidence, fixedSample }: Statistics,
): NetworkRanking[] {
  const networks = [...new Set(rows.map(({ network }) => network))];
  return networks.flatMap((network) =>
    AOPC_METRICS.filter(({ id }) => RANKED.includes(id)).flatMap(({ id, direction }) => {
      const own = rows.filter((row) => row.network === network && row.part[id] !== undefined);
      const images = [...new Set(own.map(({ image }) => image))];
      const values = new Map(
        [...groupRows(own).values()].map((group) => {
          const byImage = valuesByImage(group, id);
          return [(group[0] as MethodKey).method, images.map((image) => byImage.get(image))] as const;
        }),
      );
      if (values.size < 2) return [];
      const test = { seed, level: 1 - confidence, fixedSample };
      return [{ network, metric: id, ...rankMethods(values, direction, bootstrap, test) }];
    }),
  );
}

function rankingOf(rankings: readonly NetworkRanking[], network: string): NetworkRanking | undefined {
  return rankings.find((one) => one.network === network && one.metric === TIED_BY);
}

/** All methods that one cannot be told from in its network's ranking by AOPC, neighbours or not, from best to worst. */
export function tiedMethods(
  rankings: readonly NetworkRanking[],
  { network, method }: MethodKey,
): readonly string[] {
  return rankingOf(rankings, network)?.methods.find(({ id }) => id === method)?.tiedWith ?? [];
}

/** More names than these are not listed where those that are missing are fewer. */
const FEW = 3;

/** Tied methods as a table lists them: where they are most of all others, those that they are not. */
export function listedTies(rankings: readonly NetworkRanking[], row: MethodKey): readonly string[] {
  const tied = tiedMethods(rankings, row);
  const { methods = [] } = rankingOf(rankings, row.network) ?? {};
  const separated = methods.flatMap(({ id }) => (id === row.method || tied.includes(id) ? [] : [id]));
  if (tied.length <= FEW || tied.length <= separated.length) return tied;
  const [first, ...rest] = separated;
  return first === undefined ? ['all others'] : [`all but ${first}`, ...rest];
}

/** What is to be said of rankings over so few images that their ties say nothing of the methods. */
export function rankingNotes(rankings: readonly NetworkRanking[], { samples }: Called): string[] {
  const notes = rankings
    .filter(({ images, fewest }) => images < fewest)
    .map(
      ({ images, fewest, methods, network }) =>
        `too few ${samples} on ${network} to separate any of ${methods.length} methods, however much they differ: ${images}, and it takes ${fewest}`,
    );
  return [...new Set(notes)];
}

import { AOPC_METRICS } from '../../../metrics/aopc.js';
import { type Ranking, rankMethods } from '../../../metrics/ranking.js';
import type { Statistics } from '../family.js';
import type { Measures } from '../measures.js';
import { groupRows, type MethodKey, type Row, valuesByImage } from '../rows.js';

/** A ranking of one network's methods by one metric. */
export type NetworkRanking = Ranking & { readonly network: string; readonly metric: string };

/** The metrics that methods are ranked by. */
const RANKED = ['aopc_morf', 'abpc'];

/** Rankings of the methods of every network by the metrics that were measured. */
export function rankingsOf(
  rows: readonly Row<Measures>[],
  { bootstrap, seed, confidence }: Statistics,
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
      const test = { seed, level: 1 - confidence };
      return [{ network, metric: id, ...rankMethods(values, direction, bootstrap, test) }];
    }),
  );
}

/**
 * The methods next to one in its network's ranking by AOPC that it cannot be told from: better, worse, both or none.
 */
export function tiedNeighbours(
  rankings: readonly NetworkRanking[],
  { network, method }: MethodKey,
): string[] {
  const ranking =
    rankings.find((one) => one.network === network && one.metric === 'aopc_morf')?.methods ?? [];
  const place = ranking.findIndex(({ id }) => id === method);
  const tiedWith = ranking[place]?.tiedWith ?? [];
  return [ranking[place - 1]?.id, ranking[place + 1]?.id].filter(
    (id) => id !== undefined && tiedWith.includes(id),
  ) as string[];
}

import { InputError, mismatch } from '../errors.js';
import { type Units, unitRelevance } from '../input/units.js';
import { descending } from '../metrics/descending.js';
import { randomStream } from '../random.js';

/** Most relevant first, or least relevant first. */
export type OrderKind = 'morf' | 'lerf';

/** What a random order is keyed by, so that every method of an image meets the same ones. */
export interface OrderKey {
  readonly seed: number;
  readonly imageId: string;
  readonly repeat: number;
}

/**
 * The orders in which the units of one heatmap are replaced: MoRF walks a ranking from its start, LeRF the same ranking from its
 * end; each is asked for by its kind, its number of units and the
 * repeat that it belongs to.
 * @param heatmap one value a place, row by row
 * @param random whether every repeat has a ranking of its own that knows nothing of the heatmap: the random baseline
 */
export function unitOrders(
  heatmap: ArrayLike<number>,
  units: Units,
  random = false,
): (kind: OrderKind, count: number, key: OrderKey) => Int32Array {
  const relevance = unitRelevance(heatmap, units);
  const descends = rankUnits(relevance, units);
  // Words of equal relevance go in the order of the text, whichever end comes first (Arras et al. 2016).
  const ascends = units.layout.text ? rankUnits(relevance.map((own) => -own), units) : descends.toReversed(); // biome-ignore format: one line
  return (kind, count, key) => {
    const drawn = random ? randomRanking(units.count, key) : undefined;
    if (kind === 'lerf') return firstUnits(drawn?.toReversed() ?? ascends, count);
    return firstUnits(drawn ?? descends, count);
  };
}

/**
 * Units by relevance, descending; equal ones by index (Samek et al. 2017, section III-B: the order is fixed from x(0)).
 * @throws InputError when a relevance is not a number.
 */
function rankUnits(relevance: ArrayLike<number>, { count, name }: Pick<Units, 'count' | 'name'>): Int32Array {
  for (let unit = 0; unit < count; unit++) {
    if (Number.isNaN(relevance[unit])) {
      throw new InputError(`the heatmap is not a number in ${name(unit)}: regions cannot be ranked`);
    }
  }
  return Int32Array.from(descending(relevance));
}

/** All units in an order that knows nothing of relevance. */
function randomRanking(count: number, { seed, imageId, repeat }: OrderKey): Int32Array {
  return randomStream(seed, 'order', imageId, repeat).permutation(count);
}

/** The first `count` units of an order. @throws InputError when there are fewer units */
function firstUnits(ranking: Int32Array, count: number): Int32Array {
  if (!Number.isInteger(count) || count < 1 || count > ranking.length) {
    throw mismatch({
      what: 'perturbation steps',
      where: 'order of regions',
      expected: `1 to ${ranking.length} (the number of regions)`,
      got: String(count),
    });
  }
  return ranking.slice(0, count);
}

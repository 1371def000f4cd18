import { InputError, mismatch } from '../errors.js';
import { randomStream } from '../random.js';

/** Most relevant first, least relevant first, and in an order that knows nothing of relevance. */
export const ORDERS = ['morf', 'lerf', 'random'] as const;
export type OrderKind = (typeof ORDERS)[number];

/**
 * Regions by relevance, descending; equal ones by index (Samek et al. 2017, section III-B: the order is fixed from x(0)).
 * @throws InputError when a relevance is not a number.
 */
export function rankRegions(relevance: ArrayLike<number>): Int32Array {
  for (let region = 0; region < relevance.length; region++) {
    if (Number.isNaN(relevance[region])) {
      throw new InputError(`the heatmap is not a number in region ${region}: regions cannot be ranked`);
    }
  }
  return Int32Array.from({ length: relevance.length }, (_, region) => region).sort(
    (a, b) => (relevance[b] as number) - (relevance[a] as number) || a - b,
  );
}

/** What a random order is keyed by, so that every method of an image meets the same ones. */
export interface OrderKey {
  seed: number;
  imageId: string;
  repeat: number;
}

/**
 * The first `steps` regions of an order. MoRF walks the ranking from its start, LeRF the same ranking from its end.
 * @throws InputError when there are fewer regions than steps.
 */
export function regionOrder(kind: OrderKind, ranking: Int32Array, steps: number, key: OrderKey): Int32Array {
  if (!Number.isInteger(steps) || steps < 1 || steps > ranking.length) {
    throw mismatch({
      what: 'perturbation steps',
      where: 'order of regions',
      expected: `1 to ${ranking.length} (the number of regions)`,
      got: String(steps),
    });
  }
  const whole = {
    morf: () => ranking,
    lerf: () => ranking.slice().reverse(),
    random: () => randomStream(key.seed, 'order', key.imageId, key.repeat).permutation(ranking.length),
  }[kind]();
  return whole.slice(0, steps);
}

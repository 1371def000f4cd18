import { createFill } from '../perturbation/fills.js';
import { rankRegions, regionOrder } from '../perturbation/orders.js';
import type { Perturber, Trajectory } from '../perturbation/perturber.js';
import { regionRelevance, type Grid } from '../perturbation/regions.js';
import type { PerturbationConfig } from './config.js';
import type { PreparedInput } from './prepare.js';
import type { Order } from './unit.js';

/** A heatmap whose regions are ranked; the `random` baseline has a ranking of its own for every repeat. */
export interface Ranked {
  readonly method: string;
  readonly heatmap: Float32Array;
}

/** Score curves by method and order: [repeat][step], step 0 the image itself. */
export type MethodCurves = Map<string, Partial<Record<Order, number[][]>>>;

/**
 * Region perturbation of one image for all methods at once (Samek et al. 2017, section III-B): they share the fills, the
 * unperturbed image and the batches.
 *
 * @param score reads the followed score from the logits of one step
 */
export async function perturbImage(
  perturber: Perturber,
  grid: Grid,
  { input, range }: PreparedInput,
  shape: readonly number[],
  imageId: string,
  maps: readonly Ranked[],
  { fill: kind, orders, repeats, seed, steps }: PerturbationConfig,
  score: (logits: Float32Array) => number,
  meanImage: Float32Array | undefined,
): Promise<MethodCurves> {
  const fill = createFill(kind, { range, seed, imageId, input, shape, grid, ...(meanImage && { meanImage }) });
  const planned = maps.flatMap(({ method, heatmap }) => {
    const ranking = rankRegions(regionRelevance(heatmap, grid));
    return Array.from({ length: repeats }, (_, repeat) => {
      const key = { seed, imageId, repeat };
      const own = method === 'random' ? regionOrder('random', ranking, ranking.length, key) : ranking;
      return orders.map((order) => ({ method, order, repeat, regions: regionOrder(order, own, steps, key) }));
    }).flat();
  });
  const trajectories: Trajectory[] = planned.map(({ regions, repeat }) => ({ order: regions, repeat }));
  const logits = await perturber.logits(input, trajectories, fill);
  const curves: MethodCurves = new Map();
  planned.forEach(({ method, order, repeat }, i) => {
    const byOrder = curves.get(method) ?? {};
    curves.set(method, byOrder);
    const repeatsOf = (byOrder[order] ??= []);
    repeatsOf[repeat] = curveOf(logits[i] as Float32Array, steps, score);
  });
  return curves;
}

/** Nine digits hold a float32 exactly and keep the journal short. */
const DIGITS = 9;

function curveOf(logits: Float32Array, steps: number, score: (logits: Float32Array) => number): number[] {
  const classes = logits.length / (steps + 1);
  return Array.from({ length: steps + 1 }, (_, k) =>
    Number(score(logits.subarray(k * classes, (k + 1) * classes)).toPrecision(DIGITS)),
  );
}

import type { Evaluator } from '../perturbation/evaluator.js';
import { createFill } from '../perturbation/fills.js';
import { rankRegions, regionOrder } from '../perturbation/orders.js';
import { type Grid, regionRelevance } from '../perturbation/regions.js';
import type { PerturbationConfig } from './config.js';
import { round } from './numbers.js';
import type { PreparedInput } from './prepare.js';
import type { Order } from './unit.js';

/** One image that is perturbed by several methods at once. */
export interface Perturbation {
  readonly grid: Grid;
  readonly prepared: PreparedInput;
  readonly inputShape: readonly number[];
  readonly imageId: string;
  readonly maps: readonly { readonly method: string; readonly heatmap: Float32Array }[];
  readonly config: PerturbationConfig;
  /** Reads the followed score from the logits of one step. */
  readonly score: (logits: Float32Array) => number;
  readonly meanInput: Float32Array | undefined;
}

/** Score curves by method and order: [repeat][step], step 0 the image itself. */
export type MethodCurves = ReadonlyMap<
  string,
  { readonly [order in Order]?: readonly (readonly number[])[] }
>;

/** The baseline whose regions come in an order of its own for every repeat. */
export const RANDOM = 'random';

/**
 * Region perturbation of one image (Samek et al. 2017, section III-B). All methods, orders and repeats share the
 * unperturbed image, the fills and the batches.
 */
export async function perturbImage(perturber: Evaluator, perturbation: Perturbation): Promise<MethodCurves> {
  const { grid, prepared, inputShape, imageId, config, score, meanInput } = perturbation;
  const { input, range } = prepared;
  const { fill: kind, seed, steps } = config;
  const meanImage = meanInput && { meanImage: meanInput };
  const fill = createFill(kind, { range, seed, imageId, input, shape: inputShape, grid, ...meanImage });
  const planned = planTrajectories(perturbation);
  const logits = await perturber.logits(input, planned, fill);
  const curves = new Map<string, { [order in Order]?: number[][] }>();
  planned.forEach(({ method, kind: order, repeat }, i) => {
    const own = curves.get(method) ?? {};
    const repeats = own[order] ?? [];
    repeats[repeat] = curveOf(logits[i] as Float32Array, steps, score);
    curves.set(method, { ...own, [order]: repeats });
  });
  return curves;
}

/** A trajectory for every method, repeat and order. */
function planTrajectories({ grid, imageId, maps, config }: Perturbation) {
  const { orders, repeats, seed, steps } = config;
  return maps.flatMap(({ method, heatmap }) => {
    const ranking = rankRegions(regionRelevance(heatmap, grid));
    return Array.from({ length: repeats }, (_, repeat) => {
      const key = { seed, imageId, repeat };
      const own = method === RANDOM ? regionOrder('random', ranking, ranking.length, key) : ranking;
      return orders.map((kind) => ({ method, kind, repeat, order: regionOrder(kind, own, steps, key) }));
    }).flat();
  });
}

function curveOf(logits: Float32Array, steps: number, score: (logits: Float32Array) => number): number[] {
  const classes = logits.length / (steps + 1);
  return Array.from({ length: steps + 1 }, (_, k) =>
    round(score(logits.subarray(k * classes, (k + 1) * classes))),
  );
}

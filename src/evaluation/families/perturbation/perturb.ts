import type { PreparedInput } from '../../../datasets/prepare.js';
import type { Units } from '../../../input/units.js';
import type { Evaluator } from '../../../perturbation/evaluator.js';
import { createFill, type Fill, type FillContext, insertion } from '../../../perturbation/fills.js';
import { unitOrders } from '../../../perturbation/orders.js';
import { stepCount, type Trajectory } from '../../../perturbation/trajectory.js';
import type { MethodMap } from '../explained-class.js';
import { round } from '../measures.js';
import { type Order, type PerturbationConfig, randomDraws, scoredSteps } from './config.js';

/** One image that is perturbed. */
export interface PerturbedImage {
  readonly units: Units;
  readonly prepared: Pick<PreparedInput, 'input' | 'range'>;
  readonly imageId: string;
  readonly config: PerturbationConfig;
  /** Reads the followed score from the logits of one step. */
  readonly score: (logits: Float32Array) => number;
  readonly meanInput: Float32Array | undefined;
}

/** Whose units are ranked. */
export type Ranked = Pick<MethodMap, 'method' | 'values'>;

/** Score curves by order: [repeat][step], step 0 the image itself; of the random baseline one a draw. */
export type Curves = { readonly [order in Order]?: readonly (readonly number[])[] };

/** The baseline whose regions come in an order of its own for every draw; draw d meets the fills of repeat d mod repeats. */
export const RANDOM = 'random';

/**
 * Region perturbation of one image (Samek et al. 2017, section III-B). All methods, orders and repeats share the
 * unperturbed image, the fills and the batches; insertion starts from a wholly perturbed image, one a repeat.
 */
export async function perturbImage(
  perturber: Evaluator,
  image: PerturbedImage,
  maps: readonly Ranked[],
): Promise<ReadonlyMap<string, Curves>> {
  const planned = planTrajectories(image, maps);
  const at = scoredSteps(image.config);
  const curves = new Map<string, { [order in Order]?: number[][] }>();
  for (const { input, fill, chosen } of startsOf(image, planned)) {
    const scores = await scoreCurves(perturber, image, input, fill, chosen);
    chosen.forEach(({ method, kind, draw }, i) => {
      const own = curves.get(method) ?? {};
      const draws = own[kind] ?? [];
      const scored = scores[i] as number[];
      draws[draw] = at ? interpolate(scored, at) : scored;
      curves.set(method, { ...own, [kind]: draws });
    });
  }
  return curves;
}

/** Scores of all steps from those that were looked at: in between on a line, which makes sums those of the trapezoid rule. */
function interpolate(scores: readonly number[], at: readonly number[]): number[] {
  const steps = [0, ...at];
  return at.flatMap((end, k) => {
    const start = steps[k] as number;
    const [from, to] = [scores[k] as number, scores[k + 1] as number];
    const between = Array.from({ length: end - start }, (_, i) => {
      const share = (i + 1) / (end - start);
      return share === 1 ? to : round(from * (1 - share) + to * share);
    });
    return k === 0 ? [from, ...between] : between;
  });
}

/**
 * The followed score of every state of the trajectories: entry 0 is that of the input itself.
 * @throws InputError when a score is not a finite number
 */
export async function scoreCurves(
  perturber: Evaluator,
  { score }: PerturbedImage,
  input: Float32Array,
  fill: Fill,
  trajectories: readonly Trajectory[],
): Promise<number[][]> {
  const logits = await perturber.logits(input, trajectories, fill);
  return trajectories.map((trajectory, i) => {
    const own = logits[i] as Float32Array;
    const states = stepCount(trajectory) + 1;
    const classes = own.length / states;
    return Array.from({ length: states }, (_, k) =>
      round(score(own.subarray(k * classes, (k + 1) * classes)), `score after ${k} steps`),
    );
  });
}

/** What the fill of an image depends on. */
export function fillContext({ units, prepared, imageId, config, meanInput }: PerturbedImage): FillContext {
  const { input, range } = prepared;
  const { seed } = config;
  return { range, seed, imageId, input, units, ...(meanInput && { meanImage: meanInput }) };
}

interface PlannedTrajectory extends Trajectory {
  readonly method: string;
  readonly kind: Order;
  /** Its place among the curves of its method and kind. */
  readonly draw: number;
}

/** The images that trajectories start from, with what they replace regions by. */
function startsOf(image: PerturbedImage, planned: readonly PlannedTrajectory[]) {
  const context = fillContext(image);
  const fill = createFill(image.config.fill, context);
  const inserting = planned.filter(({ kind }) => kind === 'insertion');
  const repeats = new Set(inserting.map(({ repeat }) => repeat));
  const starts = [
    { input: context.input, fill, chosen: planned.filter(({ kind }) => kind !== 'insertion') },
    ...[...repeats].map((repeat) => ({
      ...insertion(context, fill, repeat),
      chosen: inserting.filter((trajectory) => trajectory.repeat === repeat),
    })),
  ];
  return starts.filter(({ chosen }) => chosen.length > 0);
}

/** A trajectory for every method, repeat (of the random baseline: draw) and order. */
function planTrajectories(image: PerturbedImage, maps: readonly Ranked[]): PlannedTrajectory[] {
  const { orders, repeats, regionsPerStep } = image.config;
  const at = scoredSteps(image.config);
  return maps.flatMap((map) => {
    const orderOf = replacedUnits(image, map);
    const draws = map.method === RANDOM ? randomDraws(image.config) : repeats;
    return Array.from({ length: draws }, (_, draw) =>
      orders.map((kind) => ({
        method: map.method,
        kind,
        draw,
        repeat: draw % repeats,
        order: orderOf(kind, draw),
        regionsPerStep,
        ...(at && { at }),
      })),
    ).flat();
  });
}

/** The units that a method has replaced, in their order: by relevance, of the random baseline anew in every draw. */
export function replacedUnits(
  { units, imageId, config }: Pick<PerturbedImage, 'units' | 'imageId' | 'config'>,
  { method, values }: Ranked,
): (kind: Order, draw: number) => Int32Array {
  const { seed, steps, regionsPerStep } = config;
  const replaced = Math.min(steps * regionsPerStep, units.count);
  const orderOf = unitOrders(values, units, method === RANDOM);
  return (kind, draw) =>
    orderOf(kind === 'lerf' ? 'lerf' : 'morf', replaced, { seed, imageId, repeat: draw });
}

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
  readonly prepared: Pick<PreparedInput, 'input' | 'range' | 'given' | 'tokenVectors'>;
  readonly imageId: string;
  readonly config: PerturbationConfig;
  /** Reads the followed score from the logits of one step. */
  readonly score: (logits: Float32Array) => number;
  /** Reads whether the network is right, where that is followed; undefined where nobody knows. */
  readonly isRight?: (logits: Float32Array) => boolean | undefined;
  readonly meanInput: Float32Array | undefined;
}

/** Whose units are ranked. */
export type Ranked = Pick<MethodMap, 'method' | 'values'>;

/** By order: [repeat][step], step 0 the image itself; of the random baseline one a draw. */
export type ByOrder = { readonly [order in Order]?: readonly (readonly number[])[] };

/** Score curves by order, and where it is followed whether the network was right: 1 or 0. */
export type Curves = ByOrder & { readonly right?: ByOrder | undefined };

/** What is read from the states of a trajectory. */
interface Scored {
  readonly scores: readonly number[];
  readonly right?: readonly number[];
}

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
  const whole = (values: readonly number[]) =>
    at ? interpolate(values, at) : lasting(values, image.config.steps);
  const curves = new Map<string, Curves>();
  for (const { input, fill, chosen } of startsOf(image, planned)) {
    const scored = await scoreCurves(perturber, image, input, fill, chosen);
    chosen.forEach(({ method, kind, draw }, i) => {
      const { scores, right } = scored[i] as Scored;
      const own = curves.get(method) ?? {};
      curves.set(method, {
        ...own,
        [kind]: withDraw(own[kind], draw, whole(scores)),
        ...(right && {
          right: { ...own.right, [kind]: withDraw(own.right?.[kind], draw, whole(right)) },
        }),
      });
    });
  }
  return curves;
}

function withDraw(draws: ByOrder[Order] = [], draw: number, curve: readonly number[]) {
  const all = [...draws];
  all[draw] = curve;
  return all;
}

/** An input of fewer units than steps stays as it is without them. */
function lasting(values: readonly number[], steps: number): number[] {
  return Array.from({ length: steps + 1 }, (_, k) => values[Math.min(k, values.length - 1)] as number);
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
 * The followed score of every state of the trajectories, and whether the network is right: entry 0 is that of the input itself.
 * @throws InputError when a score is not a finite number
 */
export async function scoreCurves(
  perturber: Evaluator,
  { score, isRight, prepared: { given } }: PerturbedImage,
  input: Float32Array,
  fill: Fill,
  trajectories: readonly Trajectory[],
): Promise<Scored[]> {
  const logits = await perturber.logits(input, trajectories, fill, given);
  return trajectories.map((trajectory, i) => {
    const own = logits[i] as Float32Array;
    const states = stepCount(trajectory) + 1;
    const classes = own.length / states;
    const ofStates = Array.from({ length: states }, (_, k) => own.subarray(k * classes, (k + 1) * classes));
    const scores = ofStates.map((state, k) => round(score(state), `score after ${k} steps`));
    const right = ofStates.map((state) => isRight?.(state));
    const followed = right.every((one) => one !== undefined);
    return { scores, ...(followed && { right: right.map(Number) }) };
  });
}

/** What the fill of an image depends on. */
export function fillContext({ units, prepared, imageId, config, meanInput }: PerturbedImage): FillContext {
  const { input, range, tokenVectors } = prepared;
  const { seed } = config;
  return {
    range,
    seed,
    imageId,
    input,
    units,
    ...(meanInput && { meanImage: meanInput }),
    ...(tokenVectors && { tokenVectors }),
  };
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

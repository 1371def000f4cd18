import type { z } from 'zod';
import { channelRange } from '../datasets/preprocessing.js';
import { DEFAULT_ENGINE, ENGINES, type EngineName } from '../engine/engines.js';
import { sharingSessions } from '../engine/sharing.js';
import { mismatch } from '../errors.js';
import { aopcBounds } from '../evaluation/families/perturbation/bounds.js';
import { checkCount, checkSteps } from '../evaluation/families/perturbation/check.js';
import { perturbationSchema } from '../evaluation/families/perturbation/config.js';
import { aopcMeasures } from '../evaluation/families/perturbation/part.js';
import { type PerturbedImage, perturbImage, RANDOM } from '../evaluation/families/perturbation/perturb.js';
import { checkInputs } from '../explain/inputs.js';
import type { Given } from '../explain/request.js';
import { validate } from '../files/yaml.js';
import type { Document } from '../input/document.js';
import type { Heatmap } from '../input/heatmap.js';
import { divisionOf } from '../input/kinds.js';
import { type ChannelRange, ownRange } from '../input/range.js';
import { createPerturber } from '../perturbation/perturber.js';
import { OUTPUTS } from '../perturbation/scores.js';
import { bestOf, logitsOf } from './explain.js';
import type { Classifier } from './network.js';

/** The config's `perturbation` with its defaults, but for the target, which is a class here, groups of channels, and accuracy. */
const optionsSchema = perturbationSchema.omit({ target: true, groups: true, accuracy: true });

/** How an input is perturbed: the keys of `perturbation` in a config (docs/config.md), with the same defaults, and: */
export interface PerturbationOptions extends z.input<typeof optionsSchema> {
  /** Class index whose score is followed; default: the class with the highest logit. */
  target?: number;
  /** Names the image: key of random numbers. Default `input`. */
  id?: string;
  /** Whether a random order is followed too, to compare with; default true. */
  random?: boolean;
  /**
   * Values of black, white and the mean pixel a channel, as the network reads them: what fills are made of. Default:
   * as preprocessing says, else the smallest, largest and mean value of the input.
   */
  range?: ChannelRange;
  /** The data set's mean input; only the fill `constant` needs it. */
  meanImage?: Float32Array;
  /** What the network's other inputs are given, by their names: see {@link readDocument}. */
  given?: Given;
  /** Of a text, what stands where, for region `word`: see {@link readDocument}. */
  document?: Document;
  /** Of a text, what the fills `pad` and `unknown` put in the place of a word. */
  tokenVectors?: { readonly pad?: Float32Array; readonly unknown?: Float32Array };
  /** What computes; default `onnxruntime`. */
  engine?: EngineName;
}

/** What became of the score while an input was perturbed. */
export interface PerturbationResult {
  /** Index of the class whose score was followed. */
  readonly target: number;
  /** Scores f(x(0)), ..., f(x(L)) by order, one curve a repeat. */
  readonly curves: { readonly [order in CurveName]?: readonly (readonly number[])[] };
  /**
   * The AOPC family by its columns in aopc.csv, repeats averaged: `aopc_morf`, `aopc_lerf`, `abpc`,
   * `aopc_morf_vs_random`...; what the orders do not allow is absent.
   */
  readonly metrics: Readonly<Record<string, number>>;
}

export type CurveName = 'morf' | 'lerf' | 'insertion' | 'random';

/**
 * Region perturbation (Samek et al. 2017, section III-B): replaces the regions of an input one after the other, most
 * relevant first (MoRF), least relevant first (LeRF) and in random order, and follows the score of a class. The same
 * options and id give the same random numbers, so that methods meet the same fills.
 *
 * @param heatmap relevance of every place of the input, as {@link explain} returns it or from any other tool
 * @throws InputError for an option that does not exist or is out of range, more steps than regions, or a heatmap or
 *   input of another size
 */
export async function perturb(
  network: Classifier,
  input: Float32Array,
  heatmap: Pick<Heatmap, 'values'>,
  options: PerturbationOptions = {},
): Promise<PerturbationResult> {
  const {
    target,
    id = 'input',
    random = true,
    range,
    meanImage,
    given,
    document,
    tokenVectors,
    engine: name = DEFAULT_ENGINE,
    ...keys
  } = options;
  const config = { ...validate(optionsSchema, keys, 'perturb'), target: 'predicted' as const, groups: false };
  if (target !== undefined) checkTarget(network, target);
  checkSteps({ name: network.name, network }, config);
  const { layout } = network;
  const units = divisionOf(config.region).units(layout, { id, document });
  if (!units.layout.text || config.bounds) checkCount(units, id, config);
  checkInputs(network, input, given, id);
  const engine = sharingSessions(ENGINES[name]);
  const forward = await engine.load(network.graph);
  const perturber = await createPerturber(engine, network, document ? {} : { units });
  try {
    const followed = target ?? bestOf(await logitsOf(forward, network, input, given));
    const image: PerturbedImage = {
      units,
      prepared: {
        input,
        range: range ?? rangeOf(network, input),
        ...(given && { given }),
        ...(tokenVectors && { tokenVectors }),
      },
      imageId: id,
      config,
      score: (logits) => OUTPUTS[config.output](logits)[followed] as number,
      meanInput: meanImage,
    };
    const own = await perturbImage(perturber, image, [{ method: 'heatmap', ...heatmap }]);
    const randomly = random ? await perturbRandomly(perturber, image, heatmap) : undefined;
    const bounds = config.bounds && (await aopcBounds(perturber, image, config.bounds));
    const curves = { ...own.get('heatmap'), ...(randomly && { random: randomly }) };
    return { target: followed, curves, metrics: aopcMeasures(curves, randomly, bounds || undefined) };
  } finally {
    await perturber.release();
    await forward.release();
  }
}

/** The curves of an order that knows nothing of relevance. */
async function perturbRandomly(
  perturber: Parameters<typeof perturbImage>[0],
  image: PerturbedImage,
  { values }: Pick<Heatmap, 'values'>,
) {
  const config = { ...image.config, orders: ['morf' as const] };
  return (await perturbImage(perturber, { ...image, config }, [{ method: RANDOM, values }])).get(RANDOM)
    ?.morf;
}

function checkTarget({ name, classes }: Classifier, target: number): void {
  if (Number.isInteger(target) && target >= 0 && target < classes) return;
  throw mismatch({
    what: 'target',
    where: `network ${name}`,
    expected: `a class of 0..${classes - 1}`,
    got: String(target),
  });
}

function rangeOf({ preprocessing, layout }: Classifier, input: Float32Array): ChannelRange {
  return preprocessing ? channelRange(preprocessing) : ownRange(input, layout);
}

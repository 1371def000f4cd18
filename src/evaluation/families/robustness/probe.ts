import type { Explained } from '../../../explain/explainer.js';
import { sumOverChannels } from '../../../explain/heatmap.js';
import type { ExplainRequest } from '../../../explain/request.js';
import type { ChannelRange } from '../../../input/range.js';
import { unitRelevance } from '../../../input/units.js';
import type { Perturbed } from '../../../metrics/infidelity.js';
import { type Probed, ROBUSTNESS_METRICS } from '../../../metrics/robustness.js';
import type { Evaluator } from '../../../perturbation/evaluator.js';
import { createFill } from '../../../perturbation/fills.js';
import { randomStream } from '../../../random.js';
import type { ExplainedClass, Represented } from '../explained-class.js';
import { defined, type Measures } from '../measures.js';
import { perturbation, perturbed } from '../perturbation/index.js';
import { fillContext, type PerturbedImage, scoreCurves } from '../perturbation/perturb.js';
import type { RobustnessConfig } from './config.js';

/** The robustness metrics of every method. Regions are removed where the experiment says how: where it perturbs. */
export async function robustnessMeasures(
  explained: ExplainedClass,
  config: RobustnessConfig,
): Promise<Measures[]> {
  const how = explained.asked(perturbation);
  const removing = how && perturbed(explained, how);
  const removal = removing && (await removeAtRandom(removing.perturber, removing.image, config));
  const { inputs, represented, heatmaps } = await explainNearby(explained, config);
  return explained.maps.map(({ method, values }) => {
    const nearby = heatmaps.get(method);
    const around =
      nearby &&
      [values, ...nearby].map((heatmap, i) => ({
        heatmap,
        input: inputs[i] as Float32Array,
        ...(represented[i] as Represented),
      }));
    const probed: Probed = {
      relevance: removing ? unitRelevance(values, removing.image.units) : [],
      score: removal?.score ?? 0,
      removed: removal?.removed ?? [],
      heatmap: values,
      nearby,
      around: around as Probed['around'],
    };
    return defined(ROBUSTNESS_METRICS.map(({ id, of }) => [id, of(probed)]));
  });
}

/**
 * Removes random sets of regions, each of a size drawn uniformly from 1 to as many regions as the experiment replaces
 * (Yeh et al. 2019, the binary form of the perturbation: relevance predicts the loss of what is removed).
 */
async function removeAtRandom(
  perturber: Evaluator,
  image: PerturbedImage,
  { removals, seed }: RobustnessConfig,
): Promise<{ score: number; removed: Perturbed[] }> {
  const { units, config, imageId } = image;
  const most = Math.min(config.steps * config.regionsPerStep, units.count);
  const sets = Array.from({ length: removals }, (_, k) => {
    const size = 1 + randomStream(seed, 'removal size', imageId, k).integer(0, most);
    const order = randomStream(seed, 'removal', imageId, k).permutation(units.count).slice(0, size);
    return { order, repeat: 0, regionsPerStep: size };
  });
  const context = fillContext(image);
  const curves = await scoreCurves(perturber, image, context.input, createFill(config.fill, context), sets);
  return {
    score: curves[0]?.scores[0] ?? 0,
    removed: sets.map(({ order }, i) => {
      const perturbation = new Float64Array(units.count);
      for (const region of order) perturbation[region] = 1;
      return { perturbation, score: curves[i]?.scores[1] as number };
    }),
  };
}

/** The input, inputs around it, what the network makes of them, and by method the heatmaps of those around. */
interface Nearby {
  readonly inputs: readonly Float32Array[];
  readonly represented: readonly Represented[];
  readonly heatmaps: ReadonlyMap<string, readonly Float32Array[]>;
}

/**
 * Inputs drawn uniformly from the cube around the input. Methods whose heatmaps are made elsewhere have none of them, since
 * the same file would be read again.
 */
async function explainNearby(
  { instruments: { explainers, represent }, request, prepared: { range } }: ExplainedClass,
  { neighbours, radius, seed }: RobustnessConfig,
): Promise<Nearby> {
  if (neighbours === 0) return { inputs: [], represented: [], heatmaps: new Map() };
  const requests = Array.from({ length: neighbours }, (_, k) => ({
    ...request,
    input: moved(request, range, radius, randomStream(seed, 'nearby', request.id, k).uniform),
  }));
  const explained = await explainers.explain(requests);
  const heatmaps = new Map(
    explainers.methods.flatMap(({ id, madeElsewhere }, i) => {
      if (madeElsewhere) return [];
      return [[id, (explained[i] as Explained[]).map(sumOverChannels)] as const];
    }),
  );
  const inputs = [request.input, ...requests.map(({ input }) => input)];
  return { inputs, represented: await represent([request, ...requests]), heatmaps };
}

/** The input with every number moved by at most `radius` times the range of its channel. */
function moved(
  { input }: ExplainRequest,
  { low, high }: ChannelRange,
  radius: number,
  uniform: (index: number) => number,
): Float32Array {
  const area = input.length / low.length;
  return input.map((value, i) => {
    const channel = Math.floor(i / area);
    const span = (high[channel] as number) - (low[channel] as number);
    return value + (2 * uniform(i) - 1) * radius * span;
  });
}

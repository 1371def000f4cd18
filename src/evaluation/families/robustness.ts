import type { ChannelRange } from '../../datasets/preprocessing.js';
import type { RobustnessConfig } from '../../experiment/config.js';
import type { ExplainerSet } from '../../explain/explainer.js';
import { toHeatmap } from '../../explain/heatmap.js';
import type { ExplainRequest } from '../../explain/request.js';
import type { Perturbed } from '../../metrics/infidelity.js';
import { type Probed, ROBUSTNESS_METRICS } from '../../metrics/robustness.js';
import type { Evaluator } from '../../perturbation/evaluator.js';
import { createFill } from '../../perturbation/fills.js';
import { regionRelevance } from '../../perturbation/regions.js';
import { randomStream } from '../../random.js';
import { defined, type Measures } from '../measures.js';
import { fillContext, type MethodMap, type PerturbedImage, scoreCurves } from './perturbation.js';

/** An image whose explanations are put to the test. */
export interface Probe {
  readonly explainers: ExplainerSet;
  readonly request: ExplainRequest;
  readonly range: ChannelRange;
  readonly maps: readonly MethodMap[];
  /** Where regions can be removed: absent without perturbation. */
  readonly perturbed: { readonly perturber: Evaluator; readonly image: PerturbedImage } | undefined;
}

/** The robustness metrics of every method. */
export async function robustnessMeasures(
  probe: Probe,
  config: RobustnessConfig,
): Promise<ReadonlyMap<string, Measures>> {
  const { maps, perturbed } = probe;
  const removal = perturbed && (await removeAtRandom(perturbed.perturber, perturbed.image, config));
  const nearby = await explainNearby(probe, config);
  return new Map(
    maps.map(({ method, heatmap }) => {
      const probed: Probed = {
        relevance: perturbed ? regionRelevance(heatmap, perturbed.image.grid) : [],
        score: removal?.score ?? 0,
        removed: removal?.removed ?? [],
        heatmap,
        nearby: nearby.get(method),
      };
      return [method, defined(ROBUSTNESS_METRICS.map(({ id, of }) => [id, of(probed)]))];
    }),
  );
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
  const { grid, config, imageId } = image;
  const most = Math.min(config.steps * config.regionsPerStep, grid.count);
  const sets = Array.from({ length: removals }, (_, k) => {
    const size = 1 + randomStream(seed, 'removal size', imageId, k).integer(0, most);
    const order = randomStream(seed, 'removal', imageId, k).permutation(grid.count).slice(0, size);
    return { order, repeat: 0, regionsPerStep: size };
  });
  const context = fillContext(image);
  const curves = await scoreCurves(perturber, image, context.input, createFill(config.fill, context), sets);
  return {
    score: curves[0]?.[0] ?? 0,
    removed: sets.map(({ order }, i) => {
      const perturbation = new Float64Array(grid.count);
      for (const region of order) perturbation[region] = 1;
      return { perturbation, score: curves[i]?.[1] as number };
    }),
  };
}

/**
 * By method: the heatmaps of inputs drawn uniformly from the cube around the input. Heatmaps made elsewhere have none,
 * since the same file would be read again.
 */
async function explainNearby(
  { explainers, request, range, maps }: Probe,
  { neighbours, radius, seed }: RobustnessConfig,
): Promise<ReadonlyMap<string, Float32Array[]>> {
  if (neighbours === 0) return new Map();
  const requests = Array.from({ length: neighbours }, (_, k) => ({
    ...request,
    input: moved(request, range, radius, randomStream(seed, 'nearby', request.id, k).uniform),
  }));
  const explained = await explainers.explain(requests);
  return new Map(
    explainers.methods.flatMap(({ madeElsewhere }, i) => {
      if (madeElsewhere) return [];
      const heatmaps = explained[i]?.map(({ relevance, channels }) => toHeatmap(relevance, channels));
      return [[maps[i]?.method as string, heatmaps ?? []] as const];
    }),
  );
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

import { createExplainers, type Explained } from '../../../explain/explainer.js';
import { sumOverChannels } from '../../../explain/heatmap.js';
import { resolveMethod } from '../../../explain/methods.js';
import { layersFromOutput, reinitialise } from '../../../graph/passes/reinitialise.js';
import { SIMILARITIES } from '../../../metrics/similarity.js';
import type { ExplainedClass } from '../explained-class.js';
import { defined, type Measures } from '../measures.js';
import { RANDOM } from '../perturbation/perturb.js';
import type { SanityConfig } from './config.js';

/** A heatmap once some layers were re-initialised. */
export interface SanityStage {
  /** How many layers are random, counted from the output. */
  readonly layers: number;
  /** The last one of them. */
  readonly layer: string;
  /** How similar the heatmap is to that of the trained network, by name of the similarity. */
  readonly similarity: Measures;
}

/**
 * Model-randomisation check of one image, cascading (Adebayo et al. 2018, arXiv 1810.03292): layers are re-initialised
 * one after another from the output down, and the same class is explained again. A heatmap that stays as it was does
 * not show what the network has learned. Heatmaps made elsewhere are left out, and those that chance makes.
 *
 * @returns by method, one entry a stage
 */
export async function checkSanity(
  { instruments, request, maps }: ExplainedClass,
  { stages, seed }: SanityConfig,
): Promise<Map<string, SanityStage[]>> {
  const { engine, network, options, makeRoom } = instruments;
  await makeRoom();
  const checked = maps.filter(
    ({ method }) => method !== RANDOM && !resolveMethod(method, options.composites).madeElsewhere,
  );
  const methods = checked.map(({ method }) => method);
  const layers = layersFromOutput(network.graph);
  const found = new Map(methods.map((method): [string, SanityStage[]] => [method, []]));
  for (const count of stageCounts(layers.length, stages)) {
    const graph = reinitialise(network.graph, layers.slice(0, count), seed);
    const explainers = await createExplainers(engine, { ...network, graph }, methods, options);
    const explained = await explainers.explain([request]);
    await explainers.release();
    for (const [i, { method, values, columns }] of checked.entries()) {
      const second = sumOverChannels((explained[i] as Explained[])[0] as Explained);
      const pair = { first: values, second, width: columns };
      const similarity = defined(Object.entries(SIMILARITIES).map(([id, of]) => [id, of(pair)]));
      found.get(method)?.push({ layers: count, layer: layers[count - 1]?.name as string, similarity });
    }
  }
  return found;
}

/** Numbers of layers, spread evenly, the last one all of them. */
export function stageCounts(layers: number, stages: number): number[] {
  const steps = Math.min(layers, stages);
  return Array.from({ length: steps }, (_, k) => Math.round(((k + 1) * layers) / steps));
}

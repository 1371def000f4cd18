import type { Engine } from '../engine/engine.js';
import { createExplainers, type ExplainerSet } from '../explain/explainer.js';
import { spatialOf, toHeatmap } from '../explain/heatmap.js';
import type { ExplainOptions, ExplainRequest } from '../explain/request.js';
import { layersFromOutput, reinitialise } from '../graph/passes/reinitialise.js';
import type { Network } from '../import/network.js';
import { SIMILARITIES } from '../metrics/similarity.js';
import type { SanityConfig } from './config.js';
import { defined, type Measures } from './measures.js';

/** Heatmaps compared once some layers were re-initialised. */
export interface SanityStage {
  /** How many layers are random, counted from the output. */
  readonly layers: number;
  /** The last one of them. */
  readonly layer: string;
  /** By method, one entry an image: the similarity of its heatmap to that of the trained network. */
  readonly similarities: Readonly<Record<string, readonly Measures[]>>;
}

/**
 * Model-randomisation check, cascading (Adebayo et al. 2018, arXiv 1810.03292): layers are re-initialised one after
 * another from the output down, and the same classes of the same images are explained again. A heatmap that stays as it
 * was does not show what the network has learned.
 */
export async function checkSanity(
  engine: Engine,
  network: Network,
  methods: readonly string[],
  options: ExplainOptions,
  requests: readonly ExplainRequest[],
  { stages, seed }: SanityConfig,
): Promise<SanityStage[]> {
  const layers = layersFromOutput(network.graph);
  const explain = async (graph: Network['graph']) => {
    const explainers = await createExplainers(engine, { ...network, graph }, methods, options);
    try {
      return await heatmapsOf(explainers, requests);
    } finally {
      await explainers.release();
    }
  };
  const width = spatialOf(network).at(-1) as number;
  const trained = await explain(network.graph);
  const found: SanityStage[] = [];
  for (const count of stageCounts(layers.length, stages)) {
    const random = await explain(reinitialise(network.graph, layers.slice(0, count), seed));
    const similarities = methods.map((method, m) => {
      const compared = requests.map((_, r) => {
        const pair = {
          first: trained[m]?.[r] as Float32Array,
          second: random[m]?.[r] as Float32Array,
          width,
        };
        return defined(Object.entries(SIMILARITIES).map(([id, of]) => [id, of(pair)]));
      });
      return [method, compared] as const;
    });
    found.push({
      layers: count,
      layer: layers[count - 1]?.name as string,
      similarities: Object.fromEntries(similarities),
    });
  }
  return found;
}

/** Numbers of layers, spread evenly, the last one all of them. */
export function stageCounts(layers: number, stages: number): number[] {
  const steps = Math.min(layers, stages);
  return Array.from({ length: steps }, (_, k) => Math.round(((k + 1) * layers) / steps));
}

/** By method and request. */
async function heatmapsOf(
  explainers: ExplainerSet,
  requests: readonly ExplainRequest[],
): Promise<Float32Array[][]> {
  const explained = await explainers.explain(requests);
  return explained.map((maps) => maps.map(({ relevance, channels }) => toHeatmap(relevance, channels)));
}

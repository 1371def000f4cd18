import type { Dataset } from '../datasets/dataset.js';
import { channelRange } from '../datasets/preprocessing.js';
import type { Engine } from '../engine/engine.js';
import { sharingSessions } from '../engine/sharing.js';
import { type Conservation, conserves, createConservationCheck } from '../explain/conservation.js';
import { createExplainers, type ExplainerSet } from '../explain/explainer.js';
import { spatialOf } from '../explain/heatmap.js';
import type { ExplainOptions, ExplainRequest } from '../explain/request.js';
import { floatTensor } from '../graph/tensor.js';
import type { Evaluator } from '../perturbation/evaluator.js';
import { createPerturber } from '../perturbation/perturber.js';
import { type Grid, regionGrid } from '../perturbation/regions.js';
import type { Experiment } from './config.js';
import type { Model } from './model.js';
import { createScorer, type Scorer } from './outputs.js';
import type { MethodMap } from './perturb.js';
import { checkSanity, type SanityStage } from './sanity.js';

/** What one worker needs to evaluate images with one network: sessions of one thread each. */
export interface Instruments {
  readonly scorer: Scorer;
  readonly explainers: ExplainerSet;
  readonly perturber: Evaluator | undefined;
  readonly grid: Grid | undefined;
  /** What happens to relevance at every layer; undefined for a method that does not distribute any. */
  checkConservation(method: string, request: ExplainRequest): Promise<Conservation | undefined>;
  /** How heatmaps change with the network, by method; undefined where the experiment does not ask. */
  checkSanity(
    request: ExplainRequest,
    maps: readonly MethodMap[],
  ): Promise<ReadonlyMap<string, readonly SanityStage[]> | undefined>;
  /** The logits of one input. */
  classify(input: Float32Array): Promise<Float32Array>;
  release(): Promise<void>;
}

/** Loads a network's sessions. @throws InputError for a method or region that does not fit the network */
export async function createInstruments(
  model: Model,
  dataset: Dataset,
  experiment: Experiment,
  runtime: Engine,
): Promise<Instruments> {
  const { network, preprocessing } = model;
  const { perturbation, methods, composites, sanity } = experiment;
  const engine = sharingSessions(runtime);
  const session = await engine.load(network.graph);
  const range = preprocessing && channelRange(preprocessing);
  const options: ExplainOptions = {
    ...(range && { low: range.low, high: range.high }),
    ...(composites && { composites }),
    seed: perturbation?.seed ?? 1,
  };
  const explainers = await createExplainers(engine, network, methods, options);
  const grid = perturbation && regionGrid(spatialOf(network), perturbation.region);
  const perturber = grid && (await createPerturber(engine, network, { grid }));
  return {
    scorer: createScorer(model, dataset.classes, experiment.scoring, perturbation?.output ?? 'logit'),
    explainers,
    perturber,
    grid,
    async checkConservation(method, request) {
      if (!conserves(method, options)) return undefined;
      const check = await createConservationCheck(engine, network, method, options);
      const [conservation] = await check.check([request]);
      await check.release();
      return conservation;
    },
    async checkSanity(request, maps) {
      return sanity && checkSanity(engine, network, options, request, maps, sanity);
    },
    async classify(input) {
      const { logits } = await session.run({ input: floatTensor([1, ...network.inputShape], input) });
      return logits?.data as Float32Array;
    },
    async release() {
      await perturber?.release();
      await explainers.release();
      await session.release();
    },
  };
}

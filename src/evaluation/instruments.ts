import type { Dataset } from '../datasets/dataset.js';
import { channelRange } from '../datasets/preprocessing.js';
import type { Engine } from '../engine/engine.js';
import { sharingSessions } from '../engine/sharing.js';
import { InputError, messageOf } from '../errors.js';
import type { Experiment } from '../experiment/config.js';
import type { Model } from '../experiment/model.js';
import { type Conservation, checkConservation } from '../explain/conservation.js';
import { createExplainers } from '../explain/explainer.js';
import { spatialOf } from '../explain/heatmap.js';
import { resolveMethod } from '../explain/methods.js';
import type { ExplainOptions, ExplainRequest } from '../explain/request.js';
import { floatTensor } from '../graph/tensor.js';
import type { Network } from '../import/network.js';
import type { Evaluator } from '../perturbation/evaluator.js';
import { createPerturber } from '../perturbation/perturber.js';
import { regionGrid } from '../perturbation/regions.js';
import type { Instruments } from './families/explained-class.js';
import { followedScore } from './families/perturbation/config.js';
import { Lazy } from './lazy.js';
import { createScorer, type Scorer } from './scorer.js';

/**
 * What one worker needs to evaluate images with one network: sessions of one thread each. What is large is loaded when it
 * is needed; checks, which are for few images, take the place of everything else meanwhile.
 */
export interface NetworkInstruments extends Instruments {
  readonly scorer: Scorer;
  /** What happens to relevance at every layer, one a request, by method; absent where none is distributed. */
  checkConservation(
    requests: readonly ExplainRequest[],
  ): Promise<ReadonlyMap<string, readonly Conservation[]>>;
  /** The logits of one input. */
  classify(input: Float32Array): Promise<Float32Array>;
  release(): Promise<void>;
}

/** A method does not fit the network: no image is at fault, and none can be evaluated. */
export class UnfitError extends InputError {}

/** Loads what every image needs; the rest follows. @throws InputError when the experiment does not fit the network */
export async function createInstruments(
  model: Model,
  dataset: Pick<Dataset, 'classes'>,
  experiment: Experiment,
  runtime: Engine,
  batch?: number,
): Promise<NetworkInstruments> {
  const { network, preprocessing } = model;
  const { methods, composites, scoring } = experiment;
  const { output, seed } = followedScore(experiment);
  const engine = sharingSessions(runtime);
  const session = await engine.load(network.graph);
  const range = preprocessing && channelRange(preprocessing);
  const batched = batch === undefined ? {} : { batch };
  const options: ExplainOptions = {
    ...(range && { low: range.low, high: range.high }),
    ...(composites && { composites }),
    seed,
    ...batched,
    keepMemory: false,
  };
  const explainers = new Lazy(() => fitting(createExplainers(engine, network, methods, options)));
  const replaced = new Map<number, ReturnType<typeof regionsOf>>();
  const makeRoom = async () => {
    await explainers.release();
    for (const { perturber } of replaced.values()) await perturber.release();
  };
  return {
    network,
    engine,
    options,
    scorer: createScorer(model, dataset.classes, scoring, output),
    explainers: {
      methods: methods.map((id) => resolveMethod(id, composites)),
      explain: async (requests) => (await explainers.get()).explain(requests),
      release: () => explainers.release(),
    },
    regions(region) {
      const regions = replaced.get(region) ?? regionsOf(engine, network, region, batched);
      replaced.set(region, regions);
      return regions;
    },
    makeRoom,
    async checkConservation(requests) {
      await makeRoom();
      return fitting(checkConservation(engine, network, methods, options, requests));
    },
    async classify(input) {
      const { logits } = await session.run({ input: floatTensor([1, ...network.inputShape], input) });
      return logits?.data as Float32Array;
    },
    async release() {
      await makeRoom();
      await session.release();
    },
  };
}

/** The regions of a size, and what computes logits as they are replaced, loaded when it is needed. */
function regionsOf(engine: Engine, network: Network, region: number, options: { readonly batch?: number }) {
  const grid = regionGrid(spatialOf(network), region);
  const loaded = new Lazy(() => createPerturber(engine, network, { grid, ...options }));
  const perturber: Evaluator = {
    logits: async (...states) => (await loaded.get()).logits(...states),
    release: () => loaded.release(),
  };
  return { grid, perturber };
}

async function fitting<T>(loading: Promise<T>): Promise<T> {
  try {
    return await loading;
  } catch (error) {
    throw error instanceof InputError ? new UnfitError(messageOf(error)) : error;
  }
}

import type { Dataset } from '../datasets/dataset.js';
import { channelRange } from '../datasets/preprocessing.js';
import type { Engine } from '../engine/engine.js';
import { sharingSessions } from '../engine/sharing.js';
import { InputError, messageOf } from '../errors.js';
import type { Experiment } from '../experiment/config.js';
import type { Model } from '../experiment/model.js';
import { type Conservation, checkConservation } from '../explain/conservation.js';
import { createExplainers, type ExplainerSet } from '../explain/explainer.js';
import { resolveMethod } from '../explain/methods.js';
import type { ExplainOptions, ExplainRequest } from '../explain/request.js';
import { floatTensor } from '../graph/tensor.js';
import { divisionOf } from '../input/kinds.js';
import { layoutOf } from '../input/layout.js';
import type { Units } from '../input/units.js';
import type { Evaluator } from '../perturbation/evaluator.js';
import { createPerturber } from '../perturbation/perturber.js';
import type { MethodMap } from './families/perturbation.js';
import { checkSanity, type SanityStage } from './families/sanity.js';
import { Lazy } from './lazy.js';
import { createScorer, type Scorer } from './scorer.js';

/**
 * What one worker needs to evaluate images with one network: sessions of one thread each. What is large is loaded when it
 * is needed; checks, which are for few images, take the place of everything else meanwhile.
 */
export interface Instruments {
  readonly scorer: Scorer;
  readonly explainers: ExplainerSet;
  readonly perturber: Evaluator | undefined;
  readonly units: Units | undefined;
  /** What happens to relevance at every layer, one a request, by method; absent where none is distributed. */
  checkConservation(
    requests: readonly ExplainRequest[],
  ): Promise<ReadonlyMap<string, readonly Conservation[]>>;
  /** How heatmaps change with the network, by method; undefined where the experiment does not ask. */
  checkSanity(
    request: ExplainRequest,
    maps: readonly MethodMap[],
  ): Promise<ReadonlyMap<string, readonly SanityStage[]> | undefined>;
  /** The logits of one input. */
  classify(input: Float32Array): Promise<Float32Array>;
  release(): Promise<void>;
}

/** A method does not fit the network: no image is at fault, and none can be evaluated. */
export class UnfitError extends InputError {}

/** Loads what every image needs; the rest follows. @throws InputError for a region that does not fit the network */
export async function createInstruments(
  model: Model,
  dataset: Dataset,
  experiment: Experiment,
  runtime: Engine,
  batch?: number,
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
    ...(batch !== undefined && { batch }),
    keepMemory: false,
  };
  const units = perturbation && divisionOf(perturbation.region).units(layoutOf(network.inputShape));
  const explainers = new Lazy(() => fitting(createExplainers(engine, network, methods, options)));
  const perturber =
    units &&
    new Lazy(() => createPerturber(engine, network, { units, ...(batch !== undefined && { batch }) }));
  const makeRoom = async () => {
    await explainers.release();
    await perturber?.release();
  };
  return {
    scorer: createScorer(model, dataset.classes, experiment.scoring, perturbation?.output ?? 'logit'),
    explainers: {
      methods: methods.map((id) => resolveMethod(id, composites)),
      explain: async (requests) => (await explainers.get()).explain(requests),
      release: () => explainers.release(),
    },
    perturber: perturber && {
      logits: async (...states) => (await perturber.get()).logits(...states),
      release: () => perturber.release(),
    },
    units,
    async checkConservation(requests) {
      await makeRoom();
      return fitting(checkConservation(engine, network, methods, options, requests));
    },
    async checkSanity(request, maps) {
      if (!sanity) return undefined;
      await makeRoom();
      return checkSanity(engine, network, options, request, maps, sanity);
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

async function fitting<T>(loading: Promise<T>): Promise<T> {
  try {
    return await loading;
  } catch (error) {
    throw error instanceof InputError ? new UnfitError(messageOf(error)) : error;
  }
}

import type { PreparedInput } from '../datasets/prepare.js';
import { channelRange } from '../datasets/preprocessing.js';
import type { Engine } from '../engine/engine.js';
import { sharingSessions } from '../engine/sharing.js';
import { InputError, messageOf } from '../errors.js';
import type { Model } from '../experiment/model.js';
import { BatchRunner } from '../explain/batches.js';
import type { Conservation } from '../explain/conservation.js';
import { checkConservation } from '../explain/conservation-check.js';
import { createExplainers } from '../explain/explainer.js';
import { createRepresenter } from '../explain/inner/representation.js';
import { resolveMethod } from '../explain/methods.js';
import { DEFAULT_BATCH, type ExplainOptions, type ExplainRequest } from '../explain/request.js';
import { floatTensor, type Tensor } from '../graph/tensor.js';
import type { Network } from '../import/network.js';
import type { OwnUnits } from '../input/kind.js';
import { divisionOf, type Region } from '../input/kinds.js';
import type { Evaluator } from '../perturbation/evaluator.js';
import { createPerturber } from '../perturbation/perturber.js';
import type { Instruments } from './families/explained-class.js';
import { requireFinite } from './families/measures.js';
import { followedScore } from './families/perturbation/config.js';
import { Lazy } from './lazy.js';
import type { Plan } from './plan.js';
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
  /** The logits of one input. @throws InputError when one of them is not finite */
  classify(prepared: Pick<PreparedInput, 'input' | 'given'>): Promise<Float32Array>;
  release(): Promise<void>;
}

/** What explanations are made of: networks, methods, and how many inputs are computed at a time. */
type Explaining = Pick<Plan, 'experiment' | 'models' | 'batches' | 'references'>;

/** A method does not fit the network: no image is at fault, and none can be evaluated. */
export class UnfitError extends InputError {}

/** Loads what every image needs of the plan's network of this index; the rest follows. */
export async function createInstruments(
  plan: Plan,
  index: number,
  runtime: Engine,
): Promise<NetworkInstruments> {
  const model = plan.models[index] as Model;
  const { network } = model;
  const { methods, composites } = plan.experiment;
  const batched = batchOf(plan, index);
  const options = optionsOf(plan, index);
  const engine = sharingSessions(runtime, plan.threads);
  const one = await engine.load(network.graph, { keepMemory: false });
  const many = new Lazy(() => engine.load(network.graph));
  const explainers = new Lazy(() => fitting(createExplainers(engine, network, methods, options)));
  const replaced = new Map<string, ReturnType<typeof regionsOf>>();
  const representer = new Lazy(() => createRepresenter(engine, network, options));
  const makeRoom = async () => {
    await explainers.release();
    await representer.release();
    await many.release();
    for (const { perturber } of replaced.values()) await perturber.release();
  };
  return {
    network,
    engine,
    options,
    scorer: createScorer(model, plan),
    explainers: {
      methods: methods.map((id) => resolveMethod(id, composites)),
      explain: async (requests) => (await explainers.get()).explain(requests),
      release: () => explainers.release(),
    },
    regions(region, of) {
      const key = JSON.stringify(region);
      const regions = replaced.get(key) ?? regionsOf(engine, network, region, batched);
      replaced.set(key, regions);
      return { units: regions.unitsOf(of), perturber: regions.perturber };
    },
    represent: async (requests) => {
      const represented = await (await representer.get()).represent(requests);
      for (const { logits } of represented) finiteLogits(logits);
      return represented;
    },
    makeRoom,
    async checkConservation(requests) {
      await makeRoom();
      return fitting(checkConservation(engine, network, methods, options, requests));
    },
    async classify({ input, given = {} }) {
      const { logits } = await one.run(feedsOf(network, input, given));
      return finiteLogits(logits?.data as Float32Array);
    },
    async logits(request, inputs, receive) {
      const runner = new BatchRunner(network, batched.batch ?? DEFAULT_BATCH);
      const receiveFinite = ({ logits }: Readonly<Record<string, Float32Array>>, index: number) =>
        receive(finiteLogits((logits as Float32Array).slice()), index);
      await runner.run(await many.get(), itemsOf(request, inputs), receiveFinite, false);
    },
    async release() {
      await makeRoom();
      await one.release();
    },
  };
}

function* itemsOf(request: ExplainRequest, inputs: Iterable<Float32Array>) {
  for (const input of inputs) yield { input, request };
}

/** What a session of a network is run with for one input. */
function feedsOf(
  { graph }: Network,
  input: Float32Array,
  given: Readonly<Record<string, Float32Array>>,
): Record<string, Tensor> {
  return Object.fromEntries(
    graph.inputs.map(({ name, shape }, i) => {
      const numbers = i === 0 ? input : (given[name] ?? new Float32Array());
      return [name, floatTensor([1, ...shape.slice(1)], numbers)];
    }),
  );
}

function finiteLogits(logits: Float32Array): Float32Array {
  for (const [i, value] of logits.entries()) requireFinite(value, `logit ${i}`);
  return logits;
}

/** Compiles every method for the plan's network of this index. @throws UnfitError when one does not fit it */
export async function checkMethods(plan: Explaining, index: number): Promise<void> {
  const { network } = plan.models[index] as Model;
  await fitting(createExplainers(COMPILING, network, plan.experiment.methods, optionsOf(plan, index)));
}

/** An engine that runs nothing: graphs are made for it, and that is all. */
const COMPILING: Engine = {
  name: 'none',
  load: async () => ({ run: async () => ({}), release: async () => {} }),
};

/** How the methods of an experiment explain a network. */
function optionsOf(plan: Explaining, index: number): ExplainOptions {
  const { preprocessing } = plan.models[index] as Model;
  const { composites, base } = plan.experiment;
  const range = preprocessing && channelRange(preprocessing);
  const references = plan.references[index];
  return {
    ...(range && { low: range.low, high: range.high }),
    ...(preprocessing && { channels: preprocessing.channels }),
    ...(composites && { composites }),
    ...(references && { references }),
    base,
    seed: followedScore(plan.experiment).seed,
    ...batchOf(plan, index),
    keepMemory: false,
  };
}

/** How many inputs a network is given at a time, where that is known. */
function batchOf({ batches }: Explaining, index: number): { readonly batch?: number } {
  const batch = batches?.[index];
  return batch === undefined ? {} : { batch };
}

/** What a region divides inputs into, and what computes logits as that is replaced, loaded when it is needed. */
function regionsOf(engine: Engine, network: Network, region: Region, options: { readonly batch?: number }) {
  const division = divisionOf(region);
  // Only what images have in common can be planned for.
  const units = division.ofImage ? undefined : division.units(network.layout);
  const loaded = new Lazy(() => createPerturber(engine, network, { ...(units && { units }), ...options }));
  const perturber: Evaluator = {
    logits: async (...states) => (await loaded.get()).logits(...states),
    release: () => loaded.release(),
  };
  return { unitsOf: (image: OwnUnits) => units ?? division.units(network.layout, image), perturber };
}

async function fitting<T>(loading: Promise<T>): Promise<T> {
  try {
    return await loading;
  } catch (error) {
    throw error instanceof InputError ? new UnfitError(messageOf(error)) : error;
  }
}

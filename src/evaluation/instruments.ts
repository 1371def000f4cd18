import { channelRange } from '../datasets/preprocessing.js';
import type { Engine } from '../engine/engine.js';
import { sharingSessions } from '../engine/sharing.js';
import { InputError, messageOf, mismatch } from '../errors.js';
import type { Model } from '../experiment/model.js';
import { type Conservation, checkConservation } from '../explain/conservation.js';
import { createExplainers } from '../explain/explainer.js';
import { resolveMethod } from '../explain/methods.js';
import type { ExplainOptions, ExplainRequest } from '../explain/request.js';
import { floatTensor } from '../graph/tensor.js';
import type { Network } from '../import/network.js';
import { divisionOf, type Region } from '../input/kinds.js';
import { layoutOf } from '../input/layout.js';
import type { Units } from '../input/units.js';
import type { Evaluator } from '../perturbation/evaluator.js';
import { createPerturber } from '../perturbation/perturber.js';
import type { Instruments } from './families/explained-class.js';
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
  /** The logits of one input. @throws InputError when one is not a finite number */
  classify(input: Float32Array): Promise<Float32Array>;
  release(): Promise<void>;
}

/** A method does not fit the network: no image is at fault, and none can be evaluated. */
export class UnfitError extends InputError {}

/** Loads what every image needs of the plan's network of this index; the rest follows. */
export async function createInstruments(
  plan: Plan,
  index: number,
  runtime: Engine,
): Promise<NetworkInstruments> {
  const model = plan.models[index] as Model;
  const batch = plan.batches?.[index];
  const { network, preprocessing } = model;
  const { methods, composites } = plan.experiment;
  const { seed } = followedScore(plan.experiment);
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
  const perturbers = new Perturbers(engine, network, batched);
  const makeRoom = async () => {
    await explainers.release();
    await perturbers.release();
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
    regions: (region) => perturbers.of(region),
    makeRoom,
    async checkConservation(requests) {
      await makeRoom();
      return fitting(checkConservation(engine, network, methods, options, requests));
    },
    async classify(input) {
      const { logits } = await session.run({ input: floatTensor([1, ...network.inputShape], input) });
      return finiteLogits(model.name, logits?.data as Float32Array);
    },
    async release() {
      await makeRoom();
      await session.release();
    },
  };
}

/** What computes logits as units are replaced, by the region that divides inputs into them. */
class Perturbers {
  readonly #made = new Map<string, { units: Units; perturber: Evaluator }>();

  constructor(
    readonly engine: Engine,
    readonly network: Network,
    readonly options: { readonly batch?: number },
  ) {}

  of(region: Region): { readonly units: Units; readonly perturber: Evaluator } {
    const key = JSON.stringify(region);
    const known = this.#made.get(key);
    if (known) return known;
    const units = divisionOf(region).units(layoutOf(this.network.inputShape));
    const perturber = new Lazy(() => createPerturber(this.engine, this.network, { units, ...this.options }));
    const made = {
      units,
      perturber: {
        logits: async (...states: Parameters<Evaluator['logits']>) =>
          (await perturber.get()).logits(...states),
        release: () => perturber.release(),
      },
    };
    this.#made.set(key, made);
    return made;
  }

  async release(): Promise<void> {
    for (const { perturber } of this.#made.values()) await perturber.release();
  }
}

function finiteLogits(name: string, logits: Float32Array): Float32Array {
  const broken = logits.findIndex((value) => !Number.isFinite(value));
  if (broken === -1) return logits;
  throw mismatch({
    what: 'logits',
    where: `network ${name}`,
    expected: 'finite numbers',
    got: `${logits[broken]} at output ${broken}`,
  });
}

async function fitting<T>(loading: Promise<T>): Promise<T> {
  try {
    return await loading;
  } catch (error) {
    throw error instanceof InputError ? new UnfitError(messageOf(error)) : error;
  }
}

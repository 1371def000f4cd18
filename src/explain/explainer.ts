import type { Engine } from '../engine/engine.js';
import { mismatch } from '../errors.js';
import { sizeOf } from '../graph/tensor.js';
import type { Network } from '../import/network.js';
import { applySteps, type Heatmap } from './heatmap.js';
import { type Method, resolveMethod } from './methods.js';
import type { ExplainOptions, ExplainRequest } from './request.js';
import { SignalSources, signalKey } from './signals.js';

/** An explanation: relevance in the shape of the input, or one number a place when it is pooled (`channels` 1). */
export interface Explained extends Heatmap {
  readonly logits: Float32Array;
}

/** One method on one network, ready to explain. */
export interface Explainer {
  readonly id: string;
  readonly signed: boolean;
  explain(requests: readonly ExplainRequest[]): Promise<Explained[]>;
  release(): Promise<void>;
}

/** Several methods on one network: they share what they have in common, sessions, forward passes and signals. */
export interface ExplainerSet {
  readonly methods: readonly Method[];
  /** For each method, in order, one explanation a request. */
  explain(requests: readonly ExplainRequest[]): Promise<Explained[][]>;
  release(): Promise<void>;
}

/**
 * Prepares one method.
 * @throws InputError for an unknown method, or one that the network or the options do not allow.
 */
export async function createExplainer(
  engine: Engine,
  network: Network,
  methodId: string,
  options: ExplainOptions = {},
): Promise<Explainer> {
  const set = await createExplainers(engine, network, [methodId], options);
  const { id, signed } = set.methods[0] as Method;
  return {
    id,
    signed,
    explain: async (requests) => (await set.explain(requests))[0] as Explained[],
    release: () => set.release(),
  };
}

/**
 * Prepares several methods. All that are composites are compiled into one graph with one forward pass.
 * @throws InputError for an unknown method, or one that the network or the options do not allow.
 */
export async function createExplainers(
  engine: Engine,
  network: Network,
  methodIds: readonly string[],
  options: ExplainOptions = {},
): Promise<ExplainerSet> {
  const methods = methodIds.map((id) => resolveMethod(id, options.composites));
  const signals = new Map(methods.map(({ signal }) => [signalKey(signal), signal]));
  const sources = new SignalSources(engine, network, options);
  await sources.prepare([...signals.values()]);
  return {
    methods,
    async explain(requests) {
      for (const request of requests) check(request, network);
      const { heatmaps, logits } = await sources.compute(requests);
      return methods.map(({ signal, steps }) =>
        requests.map(({ input }, r) => ({
          ...applySteps(heatmaps.get(signalKey(signal))?.[r] as Heatmap, steps, input),
          logits: logits[r] as Float32Array,
        })),
      );
    },
    release: () => sources.release(),
  };
}

function check({ id, input, target, weights }: ExplainRequest, network: Network): void {
  const size = sizeOf(network.inputShape);
  if (input.length !== size) {
    throw mismatch({
      what: 'network input',
      where: id,
      expected: `${size} numbers ([${network.inputShape}])`,
      got: `${input.length}`,
    });
  }
  const classes = `a class of 0..${network.classes - 1}`;
  if (!weights && !(Number.isInteger(target) && target >= 0 && target < network.classes)) {
    throw mismatch({ what: 'target', where: id, expected: classes, got: String(target) });
  }
}

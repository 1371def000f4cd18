import type { Engine, Session } from '../engine/engine.js';
import { mismatch } from '../errors.js';
import { sizeOf } from '../graph/tensor.js';
import type { Network } from '../import/network.js';
import { integratedGradients, smoothGrad } from './averaged.js';
import { BASELINES } from './baselines.js';
import { BatchRunner } from './batches.js';
import { compileExplanation, type Explanation } from './compile.js';
import { GRADIENTS } from './composites.js';
import { applySteps, channelsOf, type Heatmap } from './heatmap.js';
import { readHeatmap } from './heatmap-files.js';
import { type Method, resolveMethod, type Signal } from './methods.js';
import { occlusion } from './occlusion.js';
import { DEFAULT_BATCH, type ExplainOptions, type ExplainRequest } from './request.js';
import type { Bounds } from './scope.js';

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
  const signals = new Map(methods.map(({ signal }) => [keyOf(signal), signal]));
  const sources = new SignalSources(engine, network, options);
  await sources.prepare([...signals.values()]);
  return {
    methods,
    async explain(requests) {
      for (const request of requests) check(request, network);
      const { heatmaps, logits } = await sources.compute(requests);
      return methods.map(({ signal, steps }) =>
        requests.map(({ input }, r) => ({
          ...applySteps(heatmaps.get(keyOf(signal))?.[r] as Heatmap, steps, input),
          logits: logits[r] as Float32Array,
        })),
      );
    },
    release: () => sources.release(),
  };
}

/** Equal for signals that are the same numbers. */
function keyOf(signal: Signal): string {
  if (signal.kind === 'composite') return signal.name;
  return signal.kind === 'file' ? `file:${signal.directory}` : signal.kind;
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

/** Computes the signals of a set of methods. */
class SignalSources {
  readonly #runner: BatchRunner;
  readonly #sessions: Session[] = [];
  #signals: readonly Signal[] = [];
  #composites: Session | undefined;
  #gradient: Session | undefined;
  #forward: Session | undefined;

  constructor(
    readonly engine: Engine,
    readonly network: Network,
    readonly options: ExplainOptions,
  ) {
    this.#runner = new BatchRunner(network, options.batch ?? DEFAULT_BATCH);
  }

  async prepare(signals: readonly Signal[]): Promise<void> {
    this.#signals = signals;
    const { start = 'logit' } = this.options;
    const bounds = this.#bounds();
    const explanations = signals.flatMap((signal) =>
      signal.kind === 'composite'
        ? [{ output: signal.name, composite: signal.table(!!bounds), start: signal.start ?? start }]
        : [],
    );
    if (explanations.length > 0) this.#composites = await this.#load(explanations);
    const kinds = new Set(signals.map(({ kind }) => kind));
    if (kinds.has('smoothgrad') || kinds.has('integrated-gradients')) {
      this.#gradient = await this.#load([
        { output: 'relevance', composite: GRADIENTS.gradient, start: 'one' },
      ]);
    }
    if (kinds.has('occlusion') || explanations.length === 0) {
      this.#forward = await this.engine.load(this.network.graph);
      this.#sessions.push(this.#forward);
    }
  }

  async compute(requests: readonly ExplainRequest[]) {
    const heatmaps = new Map<string, Heatmap[]>(this.#signals.map((signal) => [keyOf(signal), []]));
    const logits: Float32Array[] = [];
    const items = requests.map((request) => ({ input: request.input, request }));
    const logitsName = this.network.graph.outputs[0] as string;
    const session = this.#composites ?? (this.#forward as Session);
    const channels = channelsOf(this.network);
    await this.#runner.run(
      session,
      items,
      ({ [logitsName]: scores, ...maps }) => {
        logits.push((scores as Float32Array).slice());
        for (const [name, map] of Object.entries(maps)) {
          heatmaps.get(name)?.push({ relevance: map.slice(), channels });
        }
      },
      session === this.#composites,
    );
    for (const signal of this.#signals) {
      if (signal.kind !== 'composite') heatmaps.set(keyOf(signal), await this.#signal(signal, requests));
    }
    return { heatmaps, logits };
  }

  async release(): Promise<void> {
    for (const session of this.#sessions.splice(0)) await session.release();
  }

  async #signal(
    signal: Exclude<Signal, { kind: 'composite' }>,
    requests: readonly ExplainRequest[],
  ): Promise<Heatmap[]> {
    const { network, options } = this;
    if (signal.kind === 'file') {
      return requests.map(({ id }) => readHeatmap(signal.directory, id, network));
    }
    const { kind } = signal;
    const seed = options.seed ?? 0;
    const maps = (relevance: readonly Float32Array[], channels: number) =>
      relevance.map((map) => ({ relevance: map, channels }));
    switch (kind) {
      case 'smoothgrad':
        return maps(await smoothGrad(this.#runner, this.#gradient as Session, requests, seed), channelsOf(network)); // biome-ignore format: table
      case 'integrated-gradients':
        return maps(await integratedGradients(this.#runner, this.#gradient as Session, requests), channelsOf(network)); // biome-ignore format: table
      case 'occlusion':
        return maps(await occlusion(this.#runner, this.#forward as Session, requests), 1);
      default:
        return maps(requests.map((request) => BASELINES[kind](network, request, seed)), 1); // biome-ignore format: table
    }
  }

  async #load(explanations: readonly Explanation[]): Promise<Session> {
    const bounds = this.#bounds();
    const graph = compileExplanation(this.network.graph, explanations, {
      weights: true,
      ...(bounds && { bounds }),
    });
    const session = await this.engine.load(graph);
    this.#sessions.push(session);
    return session;
  }

  #bounds(): Bounds | undefined {
    const { low, high } = this.options;
    return low && high ? { low, high } : undefined;
  }
}

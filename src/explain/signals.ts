import type { Engine, Session } from '../engine/engine.js';
import type { Network } from '../import/network.js';
import { layoutOf } from '../input/layout.js';
import { GRADIENT_OUTPUT, integratedGradients, smoothGrad } from './averaged.js';
import { BASELINES } from './baselines.js';
import { BatchRunner } from './batches.js';
import { compileExplanation, type Explanation } from './compile.js';
import { GRADIENTS } from './composites.js';
import type { Heatmap } from './heatmap.js';
import { readHeatmap } from './heatmap-files.js';
import type { Signal } from './methods.js';
import { occlusion } from './occlusion.js';
import { boundsOf, DEFAULT_BATCH, type ExplainOptions, type ExplainRequest } from './request.js';

/** Equal for signals that are the same numbers. */
export function signalKey(signal: Signal): string {
  if (signal.kind === 'composite') return signal.name;
  return signal.kind === 'file' ? `file:${signal.directory}` : signal.kind;
}

/** The graph output that carries a signal; the prefix keeps it apart from the network's own values. */
function outputOf(signal: Signal): string {
  return `relevance/${signalKey(signal)}`;
}

/** Computes the signals of a set of methods, each of them once. */
export class SignalSources {
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
    const bounds = boundsOf(this.options);
    const explanations = signals.flatMap((signal) =>
      signal.kind === 'composite'
        ? [{ output: outputOf(signal), composite: signal.table(!!bounds), start: signal.start ?? start }]
        : [],
    );
    if (explanations.length > 0) this.#composites = await this.#load(explanations, this.options);
    const kinds = new Set(signals.map(({ kind }) => kind));
    if (kinds.has('smoothgrad') || kinds.has('integrated-gradients')) {
      const gradient = { output: GRADIENT_OUTPUT, composite: GRADIENTS.gradient, start: 'one' } as const;
      // It runs many full batches in a row.
      this.#gradient = await this.#load([gradient], { keepMemory: true });
    }
    if (kinds.has('occlusion') || explanations.length === 0) {
      this.#forward = await this.engine.load(this.network.graph);
      this.#sessions.push(this.#forward);
    }
  }

  async compute(requests: readonly ExplainRequest[]) {
    const heatmaps = new Map<string, Heatmap[]>(this.#signals.map((signal) => [signalKey(signal), []]));
    const logits: Float32Array[] = [];
    const items = requests.map((request) => ({ input: request.input, request }));
    const logitsName = this.network.graph.outputs[0] as string;
    const session = this.#composites ?? (this.#forward as Session);
    const { channels } = layoutOf(this.network.inputShape);
    await this.#runner.run(
      session,
      items,
      ({ [logitsName]: scores, ...maps }) => {
        logits.push((scores as Float32Array).slice());
        for (const signal of this.#signals) {
          const map = maps[outputOf(signal)];
          if (map) heatmaps.get(signalKey(signal))?.push({ relevance: map.slice(), channels });
        }
      },
      session === this.#composites,
    );
    for (const signal of this.#signals) {
      if (signal.kind !== 'composite') heatmaps.set(signalKey(signal), await this.#signal(signal, requests));
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
    const layout = layoutOf(network.inputShape);
    const { channels } = layout;
    if (signal.kind === 'file') {
      return requests.map(({ id }) => readHeatmap(signal.directory, id, network));
    }
    const { kind } = signal;
    const seed = options.seed ?? 0;
    const maps = (relevance: readonly Float32Array[], channels: number) =>
      relevance.map((map) => ({ relevance: map, channels }));
    switch (kind) {
      case 'smoothgrad':
        return maps(await smoothGrad(this.#runner, this.#gradient as Session, requests, seed), channels);
      case 'integrated-gradients':
        return maps(await integratedGradients(this.#runner, this.#gradient as Session, requests), channels);
      case 'occlusion':
        return maps(await occlusion(this.#runner, this.#forward as Session, requests), 1);
      default:
        return maps(requests.map((request) => BASELINES[kind](layout, request, seed)), 1); // biome-ignore format: table
    }
  }

  async #load(
    explanations: readonly Explanation[],
    { keepMemory = true }: Pick<ExplainOptions, 'keepMemory'>,
  ): Promise<Session> {
    const bounds = boundsOf(this.options);
    const graph = compileExplanation(this.network.graph, explanations, {
      weights: true,
      ...(bounds && { bounds }),
    });
    const session = await this.engine.load(graph, { keepMemory });
    this.#sessions.push(session);
    return session;
  }
}

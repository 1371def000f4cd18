import type { Engine, Session } from '../../engine/engine.js';
import type { Graph } from '../../graph/graph.js';
import type { Network } from '../../import/network.js';
import { BatchRunner, type Item, type Receive } from '../batches.js';
import { type BackwardPass, compileExplanation } from '../compile.js';
import { type Composite, GRADIENT } from '../composites.js';
import { boundsOf, DEFAULT_BATCH, type ExplainOptions, type ExplainRequest, type Start } from '../request.js';

/** What backward passes gave, by the names that they got: one map a request, in the shape of the input. */
export type Maps = ReadonlyMap<string, readonly Float32Array[]>;

/** Name of the gradient among the outputs of {@link Passes.gradient}. */
export const GRADIENT_OUTPUT = 'relevance/gradient';

/**
 * The passes through one network that a set of attributions needs. Backward passes from the inputs themselves become one
 * graph behind one forward pass; attributions that look at inputs of their own share a session for them. Nothing is
 * loaded before all have asked.
 */
export class Passes {
  readonly #runner: BatchRunner;
  readonly #backward: BackwardPass[] = [];
  #joint: Pass | undefined;
  #gradient: Pass | undefined;
  #forward: Pass | undefined;

  constructor(
    readonly network: Network,
    readonly options: ExplainOptions,
  ) {
    this.#runner = new BatchRunner(network, options.batch ?? DEFAULT_BATCH);
  }

  /** Key of all random numbers. */
  get seed(): number {
    return this.options.seed ?? 0;
  }

  /** Whether the range of the network input is known. */
  get bounded(): boolean {
    return boundsOf(this.options) !== undefined;
  }

  /** Asks for a backward pass from every input that is explained; returns its name among the {@link Maps}. */
  backward(composite: Composite, start: Start, carried?: 'ratio'): string {
    const output = `relevance/${this.#backward.length}`;
    this.#backward.push({ output, composite, start, ...(carried && { carried }) });
    return output;
  }

  /** Asks for gradients at other inputs: outputs are the logits and {@link GRADIENT_OUTPUT}. */
  gradient(): Pass {
    const gradient: BackwardPass = { output: GRADIENT_OUTPUT, composite: GRADIENT, start: 'one' };
    // It runs many full batches in a row.
    this.#gradient ??= new Pass(this.#runner, () => this.#compile([gradient]), { keepMemory: true });
    return this.#gradient;
  }

  /** Asks for the logits of other inputs. */
  forward(): Pass {
    this.#forward ??= new Pass(this.#runner, () => this.network.graph, { weighted: false });
    return this.#forward;
  }

  /** Loads all passes that were asked for, or none. @throws InputError for rules that the network or the options do not allow */
  async load(engine: Engine): Promise<void> {
    this.#joint =
      this.#backward.length === 0
        ? this.forward()
        : new Pass(this.#runner, () => this.#compile(this.#backward), this.options);
    try {
      for (const pass of this.#all()) await pass.load(engine);
    } catch (error) {
      await this.release();
      throw error;
    }
  }

  /** The logits of every request, and all maps. */
  async run(requests: readonly ExplainRequest[]): Promise<{ logits: Float32Array[]; maps: Maps }> {
    const logitsName = this.network.graph.outputs[0] as string;
    const logits: Float32Array[] = [];
    const maps = new Map(this.#backward.map(({ output }): [string, Float32Array[]] => [output, []]));
    const items = requests.map((request) => ({ input: request.input, request }));
    await this.#joint?.run(items, (outputs) => {
      logits.push((outputs[logitsName] as Float32Array).slice());
      for (const [name, found] of maps) found.push((outputs[name] as Float32Array).slice());
    });
    return { logits, maps };
  }

  async release(): Promise<void> {
    for (const pass of this.#all()) await pass.release();
  }

  #all(): Set<Pass> {
    const passes = [this.#joint, this.#gradient, this.#forward];
    return new Set(passes.filter((pass) => pass !== undefined));
  }

  #compile(passes: readonly BackwardPass[]): Graph {
    const bounds = boundsOf(this.options);
    return compileExplanation(this.network.graph, passes, { weights: true, ...(bounds && { bounds }) });
  }
}

/** A graph of the network that takes any number of inputs, once it is loaded. */
export class Pass {
  readonly #runner: BatchRunner;
  readonly #graph: () => Graph;
  readonly #keepMemory: boolean;
  readonly #weighted: boolean;
  #session: Session | undefined;

  /** @param graph makes the graph when it is loaded @param options.weighted whether it has an input `weights` */
  constructor(
    runner: BatchRunner,
    graph: () => Graph,
    { keepMemory = true, weighted = true }: { keepMemory?: boolean; weighted?: boolean },
  ) {
    this.#runner = runner;
    this.#graph = graph;
    this.#keepMemory = keepMemory;
    this.#weighted = weighted;
  }

  async load(engine: Engine): Promise<void> {
    this.#session = await engine.load(this.#graph(), { keepMemory: this.#keepMemory });
  }

  /** Hands every input's outputs to `receive`, in order. */
  async run(items: Iterable<Item>, receive: Receive): Promise<void> {
    if (!this.#session) throw new Error('a pass that is not loaded');
    await this.#runner.run(this.#session, items, receive, this.#weighted);
  }

  async release(): Promise<void> {
    await this.#session?.release();
    this.#session = undefined;
  }
}

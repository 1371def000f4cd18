import type { Engine, Session } from '../../engine/engine.js';
import { type Graph, logitsName } from '../../graph/graph.js';
import type { Network } from '../../import/network.js';
import { isWorthwhile, planFor } from '../../incremental/choice.js';
import type { Replaceable } from '../../incremental/spans.js';
import { BatchRunner, type Item, type Receive } from '../batches.js';
import { type Backward, type BackwardPass, compileExplanation, type End } from '../compile.js';
import { GRADIENT } from '../composites.js';
import { boundsOf, DEFAULT_BATCH, type ExplainOptions, type ExplainRequest } from '../request.js';
import { LocalPass } from './local-pass.js';

/** What backward passes and inner values gave, by the names that they got, and the logits: one map a request. */
export type Maps = ReadonlyMap<string, readonly Float32Array[]>;

/** Name of the logits among the {@link Maps}. */
export const LOGITS = 'logits';

/** Name of the gradient among the outputs of {@link Passes.gradient}. */
export const GRADIENT_OUTPUT = 'relevance/gradient';

/**
 * The passes through one network that a set of attributions needs. Backward passes from the inputs themselves become one
 * graph behind one forward pass; attributions that look at inputs of their own share a session for them. Nothing is
 * loaded before all have asked.
 */
export class Passes {
  readonly #runner: BatchRunner;
  readonly #backward = new Map<string, BackwardPass>();
  readonly #values = new Map<string, string>();
  readonly #shared = new WeakMap<readonly ExplainRequest[], Map<string, Promise<unknown>>>();
  #joint: Pass | undefined;
  #gradient: Pass | undefined;
  #forward: Pass | undefined;
  /** By the units, and by how many segments are computed where something changed. */
  readonly #local = new Map<string, LocalPass>();

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

  /**
   * Asks for a backward pass from every input that is explained, to the input or to the value `at`; returns its name among the
   * {@link Maps}.
   */
  backward(pass: Backward, at?: string): string {
    return this.backwardTo(pass, [at])[0] as string;
  }

  /** Asks for one backward pass to several values: it is walked once. */
  backwardTo(pass: Backward, values: readonly (string | undefined)[]): string[] {
    const key = JSON.stringify([pass, values]);
    const count = this.#ends.length;
    const asked = this.#backward.get(key) ?? {
      ...pass,
      ends: values.map((at, i) => ({ output: `relevance/${count + i}`, at })),
    };
    this.#backward.set(key, asked);
    return asked.ends.map(({ output }) => output);
  }

  get #ends(): readonly End[] {
    return [...this.#backward.values()].flatMap(({ ends }) => ends);
  }

  /** Asks for an inner value of every input that is explained; returns its name among the {@link Maps}. */
  value(value: string): string {
    const known = [...this.#values].find(([, asked]) => asked === value);
    if (known) return known[0];
    const output = `value/${this.#values.size}`;
    this.#values.set(output, value);
    return output;
  }

  /** Asks for gradients at other inputs: outputs are the logits and {@link GRADIENT_OUTPUT}. */
  gradient(): Pass {
    const ends = [{ output: GRADIENT_OUTPUT }];
    const gradient: BackwardPass = { composite: GRADIENT, start: 'one', ends };
    // It runs many full batches in a row.
    this.#gradient ??= new Pass(this.#runner, () => this.#compile([gradient]), { keepMemory: true });
    return this.#gradient;
  }

  /** Asks for the logits of other inputs. */
  forward(): Pass {
    this.#forward ??= new Pass(this.#runner, () => this.network.graph, { weighted: false });
    return this.#forward;
  }

  /**
   * Asks for the logits of inputs that differ from another one in units of it; undefined where that saves too little.
   * @param steps as of planIncremental
   */
  local(units: Replaceable, steps?: readonly number[]): LocalPass | undefined {
    const plan = planFor(this.network, units, steps);
    if (!plan || !isWorthwhile(plan, this.options.inference ?? 'auto')) return undefined;
    const rectangles = Array.from({ length: units.count }, (_, unit) => units.rectangles(unit));
    const key = JSON.stringify([rectangles, plan.segments.length]);
    const asked = this.#local.get(key) ?? new LocalPass(plan, this.#runner.batch);
    this.#local.set(key, asked);
    return asked;
  }

  /** What several attributions need of the same requests is computed when the first one of them asks. */
  once<T>(requests: readonly ExplainRequest[], what: string, compute: () => Promise<T>): Promise<T> {
    const known = this.#shared.get(requests) ?? new Map<string, Promise<unknown>>();
    this.#shared.set(requests, known);
    const found = known.get(what) ?? compute();
    known.set(what, found);
    return found as Promise<T>;
  }

  /** Loads all passes that were asked for, or none. @throws InputError for rules that the network or the options do not allow */
  async load(engine: Engine): Promise<void> {
    this.#joint =
      this.#backward.size + this.#values.size === 0
        ? this.forward()
        : new Pass(
            this.#runner,
            () => this.#compile([...this.#backward.values()], this.#values),
            this.options,
          );
    try {
      for (const pass of this.#all()) await pass.load(engine);
    } catch (error) {
      await this.release();
      throw error;
    }
  }

  /** The logits of every request, and all maps. */
  async run(requests: readonly ExplainRequest[]): Promise<{ logits: Float32Array[]; maps: Maps }> {
    const logitsOutput = logitsName(this.network.graph);
    const logits: Float32Array[] = [];
    const relevance = this.#ends.map(({ output }) => output);
    const maps = new Map(
      [...relevance, ...this.#values.keys()].map((name): [string, Float32Array[]] => [name, []]),
    );
    const items = requests.map((request) => ({ input: request.input, request }));
    await this.#joint?.run(items, (outputs) => {
      logits.push((outputs[logitsOutput] as Float32Array).slice());
      for (const [name, found] of maps) found.push((outputs[name] as Float32Array).slice());
    });
    maps.set(LOGITS, logits);
    return { logits, maps };
  }

  async release(): Promise<void> {
    for (const pass of this.#all()) await pass.release();
  }

  #all(): Set<Pass | LocalPass> {
    const passes = [this.#joint, this.#gradient, this.#forward, ...this.#local.values()];
    return new Set(passes.filter((pass) => pass !== undefined));
  }

  #compile(passes: readonly BackwardPass[], values?: ReadonlyMap<string, string>): Graph {
    const bounds = boundsOf(this.options);
    return compileExplanation(this.network.graph, passes, {
      weights: true,
      ...(bounds && { bounds }),
      ...(values && { values }),
    });
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

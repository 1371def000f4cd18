import type { Engine } from '../engine/engine.js';
import { InputError } from '../errors.js';
import type { GraphBuilder } from '../graph/builder.js';
import type { Graph, Node } from '../graph/graph.js';
import { traitsOf } from '../graph/operators/table.js';
import type { Network } from '../import/network.js';
import type { Attribution } from './attributions/attribution.js';
import { BatchRunner } from './batches.js';
import { compileExplanation } from './compile.js';
import type { Composite } from './composites.js';
import { resolveMethod } from './methods.js';
import { boundsOf, DEFAULT_BATCH, type ExplainOptions, type ExplainRequest } from './request.js';
import type { Observer, Relevance, Share } from './scope.js';

/** What happened to relevance at one layer: received = passed + bias + absorbed. */
export interface LayerBalance {
  readonly name: string;
  readonly op: string;
  readonly rule: string;
  /** Sum of the relevance at the layer's output. */
  readonly received: number;
  /** Sum of what it hands to its inputs. */
  readonly passed: number;
  /** What its bias took. */
  readonly bias: number;
  /** The rest: taken by constants, softmax or stabilisers, or lost (or doubled) where a neuron has contributions of one sign only. */
  readonly absorbed: number;
  /** What took how much of it, or added to it: bias and absorbed, in parts. */
  readonly taken: readonly Taken[];
  /** Sum of |R| over its inputs. */
  readonly magnitude: number;
}

/** Relevance that no input of a layer gets: negative where there is more than it received. */
export interface Taken {
  readonly by: string;
  readonly relevance: number;
}

/** From the logits down, one entry a layer. */
export interface Conservation {
  /** Sum of the relevance at the logits. */
  readonly start: number;
  /** Sum of the relevance at the input, or at the inner layer that the method names. */
  readonly end: number;
  readonly layers: readonly LayerBalance[];
  /** Whether the sum of |R| of some layer exceeds {@link BLOW_UP} times the start. */
  readonly blownUp: boolean;
}

/** Sum of |R| over |start| above which a rule counts as numerically blown up. */
export const BLOW_UP = 1e3;

export interface ConservationCheck {
  check(requests: readonly ExplainRequest[]): Promise<Conservation[]>;
  release(): Promise<void>;
}

/**
 * Compiles a method with the sums of relevance at every layer that can change them.
 * @throws InputError for methods that do not redistribute relevance.
 */
export async function createConservationCheck(
  engine: Engine,
  network: Network,
  methodId: string,
  options: ExplainOptions = {},
): Promise<ConservationCheck> {
  const { rules, distributes, attribution } = resolveMethod(methodId, options.composites);
  if (!rules || !distributes) {
    throw new InputError(`method '${methodId}' does not redistribute relevance: there is nothing to check`);
  }
  const { graph, lines } = compileCheck(network, rules, attribution, options);
  const { batch = DEFAULT_BATCH, keepMemory = true } = options;
  const session = await engine.load(graph, { keepMemory });
  const runner = new BatchRunner(network, batch);
  return {
    async check(requests) {
      const results: Conservation[] = [];
      const items = requests.map((request) => ({ input: request.input, request }));
      await runner.run(session, items, ({ relevance, [LEDGER]: sums }) => {
        const end = (relevance as Float32Array).reduce((sum, value) => sum + value, 0);
        results.push(readLedger(lines, sums as Float32Array, end));
      });
      return results;
    },
    release: () => session.release(),
  };
}

/**
 * Checks those of some methods that should conserve relevance: by method, one result a request. Everything is done one
 * after the other, since the sums need all relevance of a batch at once.
 */
export async function checkConservation(
  engine: Engine,
  network: Network,
  methodIds: readonly string[],
  options: ExplainOptions,
  requests: readonly ExplainRequest[],
): Promise<Map<string, Conservation[]>> {
  const found = new Map<string, Conservation[]>();
  for (const id of methodIds) {
    if (!resolveMethod(id, options.composites).distributes) continue;
    const check = await createConservationCheck(engine, network, id, options);
    const results: Conservation[] = [];
    for (const request of requests) results.push(...(await check.check([request])));
    found.set(id, results);
    await check.release();
  }
  return found;
}

/** The explanation with its ledger. Nothing else of what it was compiled with outlives it. */
function compileCheck(
  network: Network,
  rules: (bounded: boolean) => Composite,
  { carried, layer }: Attribution,
  options: ExplainOptions,
): { graph: Graph; lines: readonly LedgerEntry[] } {
  const bounds = boundsOf(options);
  const lines: LedgerEntry[] = [];
  const graph = compileExplanation(
    network.graph,
    [
      {
        composite: rules(bounds !== undefined),
        start: options.start ?? 'logit',
        ...(carried && { carried }),
        ends: [{ output: 'relevance', at: layer?.(network).value }],
      },
    ],
    { weights: true, ...(bounds && { bounds }), observe: (builder) => new Ledger(builder, lines) },
  );
  return { graph, lines };
}

const LEDGER = 'ledger';

/** Rules under which all that was received is given back. */
const WITHOUT_LOSS = new Set(['pass', 'winner', 'gate', 'uniform']);

/** Whether nothing can be lost at a node. What passes a normalisation is told all the same: other rules stop some of it. */
function givesAllBack(node: Node, rule: string): boolean {
  const { kind } = traitsOf(node);
  return kind === 'move' || (WITHOUT_LOSS.has(rule) && kind !== 'normalisation');
}

/** What takes the rest of relevance at a layer, or adds some, by operator. */
const TAKERS: Readonly<Record<string, string>> = {
  Softmax: 'softmax, in Taylor form',
  Sigmoid: 'gate, in Taylor form',
  HardSigmoid: 'gate, in Taylor form',
  Softplus: 'activation, in Taylor form',
  Exp: 'activation, in Taylor form',
  Log: 'activation, in Taylor form',
  Reciprocal: 'activation, in Taylor form',
  Conv: 'stabiliser, one sign',
  Gemm: 'stabiliser, one sign',
  AveragePool: 'stabiliser',
  Add: 'stabiliser',
  Sub: 'stabiliser',
  LRN: 'normalisation',
};

/** Everything that takes relevance, over all layers, the most first. */
export function takenInAll(layers: readonly LayerBalance[]): Taken[] {
  const sums = new Map<string, number>();
  for (const { by, relevance } of layers.flatMap(({ taken }) => taken))
    sums.set(by, (sums.get(by) ?? 0) + relevance);
  const all = [...sums].map(([by, relevance]) => ({ by, relevance }));
  return all.sort((a, b) => Math.abs(b.relevance) - Math.abs(a.relevance));
}

interface LedgerEntry extends Pick<LayerBalance, 'name' | 'op' | 'rule'> {
  /** Values of shape [batch, 1]. */
  readonly received: string;
  readonly passed: string;
  readonly magnitude: string;
  readonly taken: readonly { readonly by: string; readonly sum: string }[];
}

/** Writes sums of relevance beside a backward graph, as an output [batch, sums]: the start, then those of each layer. */
class Ledger implements Observer {
  readonly #taken = new Map<Node, { by: string; sum: string }[]>();
  #start = '';

  constructor(
    readonly builder: GraphBuilder,
    readonly lines: LedgerEntry[],
  ) {
    builder.unique(LEDGER);
  }

  start({ map }: Relevance): void {
    this.#start = this.#total(map);
  }

  taken(node: Node, by: string, map: string): void {
    this.#taken.set(node, [...(this.#taken.get(node) ?? []), { by, sum: this.#total(map) }]);
  }

  node(node: Node, rule: string, received: Relevance, shares: readonly Share[]): void {
    if (givesAllBack(node, rule)) return;
    const { builder } = this;
    const magnitudes = shares.map(({ map }) => this.#total(builder.add('Abs', [map])));
    this.lines.push({
      name: node.name,
      op: node.op,
      rule,
      received: this.#total(received.map),
      passed: builder.sum(shares.map(({ map }) => this.#total(map))),
      magnitude: builder.sum(magnitudes),
      taken: this.#taken.get(node) ?? [],
    });
  }

  outputs(): string[] {
    const { builder, lines } = this;
    const columns = lines.flatMap(({ received, passed, magnitude, taken }) => [
      received,
      passed,
      magnitude,
      ...taken.map(({ sum }) => sum),
    ]);
    builder.append({
      op: 'Concat',
      name: LEDGER,
      inputs: [this.#start, ...columns],
      outputs: [LEDGER],
      attributes: { axis: 1 },
    });
    return [LEDGER];
  }

  /** The sum over each sample, [batch, 1]. */
  #total(map: string): string {
    const { builder } = this;
    const rows = builder.add('Reshape', [map, builder.ints([0, -1])]);
    return builder.add('ReduceSum', [rows, builder.ints([1])], { keepdims: 1 });
  }
}

/** What a ledger says, from one row of its output and the sum at the input. */
function readLedger(
  lines: readonly LedgerEntry[],
  [start = 0, ...sums]: Float32Array,
  end: number,
): Conservation {
  let at = 0;
  const layers = lines.map(({ name, op, rule, taken }) => {
    const [received = 0, passed = 0, magnitude = 0, ...given] = sums.slice(at, at + 3 + taken.length);
    at += 3 + taken.length;
    const named = taken.map(({ by }, i) => ({ by, relevance: given[i] as number }));
    const sumOf = (parts: readonly Taken[]) => parts.reduce((sum, { relevance }) => sum + relevance, 0);
    const bias = sumOf(named.filter(({ by }) => by === 'bias'));
    const rest = { by: TAKERS[op] ?? 'rounding', relevance: received - passed - sumOf(named) };
    const absorbed = received - passed - bias;
    return { name, op, rule, received, passed, magnitude, bias, absorbed, taken: joined([...named, rest]) };
  });
  const blownUp = layers.some(({ magnitude }) => !(magnitude <= BLOW_UP * Math.abs(start)));
  return { start, end, layers, blownUp };
}

/** One entry for all that has one name: a rule of two terms tells the bias of each. */
function joined(parts: readonly Taken[]): Taken[] {
  const names = [...new Set(parts.map(({ by }) => by))];
  return names.map((name) => ({
    by: name,
    relevance: parts.reduce((sum, { by, relevance }) => sum + (by === name ? relevance : 0), 0),
  }));
}

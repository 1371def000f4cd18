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
  /** The rest: taken by stabilisers, or lost (or doubled) where a neuron has contributions of one sign only. */
  readonly absorbed: number;
  /** Sum of |R| over its inputs. */
  readonly magnitude: number;
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
  const { batch = DEFAULT_BATCH } = options;
  const session = await engine.load(graph, { keepMemory: false });
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
        output: 'relevance',
        composite: rules(bounds !== undefined),
        start: options.start ?? 'logit',
        ...(carried && { carried }),
        ...(layer && { at: layer(network).value }),
      },
    ],
    { weights: true, ...(bounds && { bounds }), observe: (builder) => new Ledger(builder, lines) },
  );
  return { graph, lines };
}

const LEDGER = 'ledger';

/** Rules under which all that was received is given back. */
const WITHOUT_LOSS = new Set(['pass', 'winner', 'gate']);

/** Whether nothing can be lost at a node. What passes a normalisation is told all the same: other rules stop some of it. */
function givesAllBack(node: Node, rule: string): boolean {
  const { kind } = traitsOf(node);
  return kind === 'move' || (WITHOUT_LOSS.has(rule) && kind !== 'normalisation');
}

/** What takes relevance at a layer, or adds some, by operator. */
const TAKERS: Readonly<Record<string, string>> = {
  Softmax: 'softmax, in Taylor form',
  Sigmoid: 'gate, in Taylor form',
  HardSigmoid: 'gate, in Taylor form',
  LayerNormalization: 'summand of the norm',
  Add: 'constant: positions, class token, mask',
  Conv: 'bias, stabiliser, one sign',
  Gemm: 'bias, stabiliser, one sign',
  BatchNormalization: 'summand of the norm',
  AveragePool: 'stabiliser',
  LRN: 'normalisation',
};

/** What takes relevance at a layer, or adds some, in words. */
export function takerOf({ op }: Pick<LayerBalance, 'op'>): string {
  return TAKERS[op] ?? 'rounding';
}

interface LedgerEntry extends Pick<LayerBalance, 'name' | 'op' | 'rule'> {
  /** Values of shape [batch, 1]. */
  readonly received: string;
  readonly passed: string;
  readonly magnitude: string;
  readonly bias: string | undefined;
}

/** Writes sums of relevance beside a backward graph, as an output [batch, 1 + 4 sums a layer]: the start comes first. */
class Ledger implements Observer {
  readonly #biases = new Map<Node, string[]>();
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

  bias(node: Node, map: string): void {
    this.#biases.set(node, [...(this.#biases.get(node) ?? []), this.#total(map)]);
  }

  node(node: Node, rule: string, received: Relevance, shares: readonly Share[]): void {
    if (givesAllBack(node, rule)) return;
    const { builder } = this;
    const biases = this.#biases.get(node);
    const magnitudes = shares.map(({ map }) => this.#total(builder.add('Abs', [map])));
    this.lines.push({
      name: node.name,
      op: node.op,
      rule,
      received: this.#total(received.map),
      passed: builder.sum(shares.map(({ map }) => this.#total(map))),
      magnitude: builder.sum(magnitudes),
      bias: biases && builder.sum(biases),
    });
  }

  outputs(): string[] {
    const { builder, lines } = this;
    const none = builder.add('Mul', [this.#start, builder.scalar(0)]);
    const columns = lines.flatMap(({ received, passed, magnitude, bias = none }) => [
      received,
      passed,
      magnitude,
      bias,
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
  const layers = lines.map(({ name, op, rule }, i) => {
    const [received = 0, passed = 0, magnitude = 0, bias = 0] = sums.slice(4 * i, 4 * i + 4);
    return { name, op, rule, received, passed, magnitude, bias, absorbed: received - passed - bias };
  });
  const blownUp = layers.some(({ magnitude }) => !(magnitude <= BLOW_UP * Math.abs(start)));
  return { start, end, layers, blownUp };
}

import type { GraphBuilder } from '../graph/builder.js';
import type { Node } from '../graph/graph.js';
import { ACTIVATIONS } from '../graph/operators/activations.js';
import { traitsOf } from '../graph/operators/table.js';
import { NOT_THROUGH_ZERO } from './composites.js';
import { BLOW_UP, type Conservation, type LayerBalance, type Taken } from './conservation.js';
import type { Observer, Relevance, Share } from './scope.js';

/** Name of the output that a ledger becomes. */
export const LEDGER = 'ledger';

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
  ...Object.fromEntries(
    NOT_THROUGH_ZERO.map((op) => [op, `${ACTIVATIONS[op].gate ? 'gate' : 'activation'}, in Taylor form`]),
  ),
  Conv: 'stabiliser, one sign',
  Gemm: 'stabiliser, one sign',
  AveragePool: 'stabiliser',
  Add: 'stabiliser',
  Sub: 'stabiliser',
  LRN: 'normalisation',
};

/** One layer of a ledger. */
export interface LedgerEntry extends Pick<LayerBalance, 'name' | 'op' | 'rule'> {
  /** Values of shape [batch, 1]. */
  readonly received: string;
  readonly passed: string;
  readonly magnitude: string;
  readonly taken: readonly { readonly by: string; readonly sum: string }[];
}

/** Writes sums of relevance beside a backward graph, as an output [batch, sums]: the start, then those of each layer. */
export class Ledger implements Observer {
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
export function readLedger(
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

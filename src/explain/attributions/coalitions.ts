import type { Item } from '../batches.js';
import type { ExplainRequest } from '../request.js';
import type { Pass } from './passes.js';
import { OUTPUTS, type Output, scoreOf } from './score.js';
import type { Segments } from './segments.js';

/** Which segments keep the image, one number 0 or 1 each; the others show the baseline. */
export type Coalition = ArrayLike<number>;

/** The scores of one input with some of its segments replaced. Every coalition goes through the network once. */
export class Coalitions {
  /** By coalition: the score of every output that a request can have. */
  readonly #scores = new Map<string, ReadonlyMap<Output, number>>();

  constructor(
    readonly forward: Pass,
    readonly request: ExplainRequest,
    readonly segments: Segments,
    readonly start: Float32Array,
  ) {}

  /** Coalitions that went through the network so far. */
  get passes(): number {
    return this.#scores.size;
  }

  /** The score of each of these coalitions. */
  async scores(coalitions: readonly Coalition[], output: Output): Promise<Float64Array> {
    const keys = coalitions.map(keyOf);
    const wanted = new Map(keys.map((key, i): [string, Coalition] => [key, coalitions[i] as Coalition]));
    const missing = [...wanted].filter(([key]) => !this.#scores.has(key));
    await this.forward.run(this.#items(missing), (outputs, index) => {
      const [key = ''] = missing[index] ?? [];
      const logits = Object.values(outputs)[0] as Float32Array;
      const known: readonly Output[] = this.request.weights || logits.length === 1 ? [output] : OUTPUTS;
      this.#scores.set(key, new Map(known.map((one) => [one, scoreOf(logits, this.request, one)])));
    });
    return Float64Array.from(keys, (key) => this.#scores.get(key)?.get(output) as number);
  }

  *#items(missing: readonly [string, Coalition][]): Generator<Item> {
    const { request, start, segments } = this;
    const { of } = segments;
    for (const [, coalition] of missing) {
      const input = request.input.map((value, i) => {
        const segment = of[i % of.length] as number;
        return segment < 0 || coalition[segment] ? value : (start[i] as number);
      });
      yield { input, request };
    }
  }
}

function keyOf(coalition: Coalition): string {
  return Array.from(coalition, (kept) => (kept ? '1' : '0')).join('');
}

/** All of n segments, and none of them. */
export const everything = (n: number): Coalition => new Uint8Array(n).fill(1);
export const nothing = (n: number): Coalition => new Uint8Array(n);

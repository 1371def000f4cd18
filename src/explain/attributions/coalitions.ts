import type { Item } from '../batches.js';
import type { ExplainRequest } from '../request.js';
import type { Pass, Passes } from './passes.js';
import { type Output, scoreOf } from './score.js';
import type { Segments } from './segments.js';
import type { Baseline } from './starts.js';

/** Which segments keep the image, one number 0 or 1 each; the others show the baseline. */
export type Coalition = ArrayLike<number>;

/** The scores of one input with some of its segments replaced. Every coalition goes through the network once. */
export class Coalitions {
  readonly #logits = new Map<string, Float32Array>();

  constructor(
    readonly forward: Pass,
    readonly request: ExplainRequest,
    readonly segments: Segments,
    readonly start: Float32Array,
  ) {}

  /** Coalitions that went through the network so far. */
  get passes(): number {
    return this.#logits.size;
  }

  /** The score of each of these coalitions. */
  async scores(coalitions: readonly Coalition[], output: Output): Promise<Float64Array> {
    const keys = coalitions.map(keyOf);
    const wanted = new Map(keys.map((key, i): [string, Coalition] => [key, coalitions[i] as Coalition]));
    const missing = [...wanted].filter(([key]) => !this.#logits.has(key));
    await this.forward.run(this.#items(missing), (outputs, index) => {
      const [key = ''] = missing[index] ?? [];
      this.#logits.set(key, (Object.values(outputs)[0] as Float32Array).slice());
    });
    return Float64Array.from(keys, (key) =>
      scoreOf(this.#logits.get(key) as Float32Array, this.request, output),
    );
  }

  *#items(missing: readonly [string, Coalition][]): Generator<Item> {
    const { request, start, segments } = this;
    const { of } = segments;
    for (const [, coalition] of missing) {
      const input = request.input.map((value, i) =>
        coalition[of[i % of.length] as number] ? value : (start[i] as number),
      );
      yield { input, request };
    }
  }
}

/** The coalitions of every request by segments and baseline: methods that ask for the same share what went through. */
export function coalitionsOf(
  passes: Passes,
  requests: readonly ExplainRequest[],
  what: { readonly cells: unknown; readonly baseline: Baseline },
  make: (request: ExplainRequest) => Coalitions,
): Promise<Coalitions[]> {
  const { cells, baseline } = what;
  return passes.once(requests, `coalitions ${JSON.stringify([cells, baseline])}`, async () =>
    requests.map(make),
  );
}

function keyOf(coalition: Coalition): string {
  return Array.from(coalition, (kept) => (kept ? '1' : '0')).join('');
}

/** All of n segments, and none of them. */
export const everything = (n: number): Coalition => new Uint8Array(n).fill(1);
export const nothing = (n: number): Coalition => new Uint8Array(n);

import { cutUnit } from '../../input/units.js';
import type { Item } from '../batches.js';
import type { ExplainRequest } from '../request.js';
import { type Coalition, distinct, keyOf } from './coalition.js';
import { routesOf } from './coalition-walks.js';
import type { LocalPass } from './local-pass.js';
import type { Pass } from './passes.js';
import { OUTPUTS, type Output, scoreOf } from './score.js';
import type { Segments } from './segments.js';

/** The score of every output that a request can have, by coalition. */
type Scores = Map<string, ReadonlyMap<Output, number>>;

/** The scores of one input with some of its segments replaced. What was computed once is not computed again. */
export class Coalitions {
  readonly #whole: Scores = new Map();
  /** Of lists of which some coalitions were computed where they differ: by the pass and the list. */
  readonly #local = new Map<LocalPass, Map<string, Scores>>();
  #passes = 0;
  #incrementalPasses = 0;

  constructor(
    readonly forward: Pass,
    readonly request: ExplainRequest,
    readonly segments: Segments,
    readonly start: Float32Array,
  ) {}

  /** Coalitions that went through the network so far, and how many of them were computed only where they differ from others. */
  get counts(): { readonly passes: number; readonly incrementalPasses: number } {
    return { passes: this.#passes, incrementalPasses: this.#incrementalPasses };
  }

  /**
   * The score of each of these coalitions.
   * @param local computes coalitions that are near others of the list; which these are hangs on nothing but the list
   */
  async scores(coalitions: readonly Coalition[], output: Output, local?: LocalPass): Promise<Float64Array> {
    const rows = distinct(coalitions);
    const scores = local
      ? await this.#scoreLocally(local, rows, output)
      : await this.#scoreWhole(rows, output);
    return Float64Array.from(coalitions, (coalition) => scores.get(keyOf(coalition))?.get(output) as number);
  }

  async #scoreWhole(coalitions: readonly Coalition[], output: Output): Promise<Scores> {
    const missing = coalitions.filter((coalition) => !this.#whole.has(keyOf(coalition)));
    this.#passes += missing.length;
    await this.forward.run(this.#items(missing), (outputs, index) => {
      const logits = Object.values(outputs)[0] as Float32Array;
      this.#set(this.#whole, missing[index] as Coalition, logits, output);
    });
    return this.#whole;
  }

  async #scoreLocally(local: LocalPass, coalitions: readonly Coalition[], output: Output): Promise<Scores> {
    const lists = this.#local.get(local) ?? new Map<string, Scores>();
    this.#local.set(local, lists);
    const list = coalitions.map(keyOf).join(' ');
    const known = lists.get(list);
    if (known) return known;
    const { request, start } = this;
    const { units } = local.plan.spans;
    const { runs, alone } = routesOf(coalitions, local.mostSteps, (segment, kept) =>
      cutUnit(kept ? request.input : start, units, segment),
    );
    const scores: Scores = new Map(await this.#scoreWhole(alone, output));
    for (const { base, walks, looks } of runs) {
      const logits = await local.run(this.#inputOf(base), walks, (logits, look) =>
        this.#set(scores, looks[look] as Coalition, logits, output),
      );
      this.#set(scores, base, logits, output);
      this.#passes += 1 + looks.length;
      this.#incrementalPasses += looks.length;
    }
    lists.set(list, scores);
    return scores;
  }

  /** Notes what is known of a coalition as soon as its logits are. */
  #set(scores: Scores, coalition: Coalition, logits: Float32Array, output: Output): void {
    const known: readonly Output[] = this.request.weights || logits.length === 1 ? [output] : OUTPUTS;
    scores.set(keyOf(coalition), new Map(known.map((one) => [one, scoreOf(logits, this.request, one)])));
  }

  *#items(coalitions: readonly Coalition[]): Generator<Item> {
    for (const coalition of coalitions) yield { input: this.#inputOf(coalition), request: this.request };
  }

  #inputOf(coalition: Coalition): Float32Array {
    const { request, start, segments } = this;
    const { of } = segments;
    const input = request.input.slice();
    for (let channel = 0; channel < input.length; channel += of.length) {
      for (let place = 0; place < of.length; place++) {
        const segment = of[place] as number;
        if (segment >= 0 && !coalition[segment]) input[channel + place] = start[channel + place] as number;
      }
    }
    return input;
  }
}

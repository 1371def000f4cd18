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

/** Everything that takes relevance, over all layers, the most first. */
export function takenInAll(layers: readonly LayerBalance[]): Taken[] {
  const sums = new Map<string, number>();
  for (const { by, relevance } of layers.flatMap(({ taken }) => taken))
    sums.set(by, (sums.get(by) ?? 0) + relevance);
  const all = [...sums].map(([by, relevance]) => ({ by, relevance }));
  return all.sort((a, b) => Math.abs(b.relevance) - Math.abs(a.relevance));
}

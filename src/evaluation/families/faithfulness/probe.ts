import type { InputLayout } from '../../../input/layout.js';
import type { ChannelRange } from '../../../input/range.js';
import type { Units } from '../../../input/units.js';
import type { ExplainedClass, MethodMap } from '../explained-class.js';
import type { FaithfulnessConfig } from './config.js';

/** An image whose input is changed in one way or another. */
export interface ProbedImage {
  readonly id: string;
  readonly input: Float32Array;
  readonly layout: InputLayout;
  readonly range: ChannelRange;
  /** The regions that are removed as a whole. */
  readonly regions: Units;
  readonly config: FaithfulnessConfig;
  /** Reads the explained logit. */
  logit(logits: Float32Array): number;
  /** Reads the probability of the explained class. */
  probability(logits: Float32Array): number;
  /** Reads that of all other classes. */
  others(logits: Float32Array): number;
  /** Whether the explained class is the best one. */
  isBest(logits: Float32Array): boolean;
}

/** What is asked of a network to judge heatmaps, and what its answers say. */
export interface Probe {
  /** What is changed and by what it is replaced, for the definition record. */
  readonly words: string;
  /** It draws from the range between black and white, which signals have none of. */
  readonly ofImages?: true;
  /** It reads probabilities, of which a network of one output has none. */
  readonly ofProbability?: true;
  prepare(image: ProbedImage): Trials;
}

export interface Trials {
  /** Changed inputs that are the same for every heatmap. */
  readonly shared?: Iterable<Float32Array>;
  /** Changed inputs of one heatmap. */
  own?(map: MethodMap): Iterable<Float32Array>;
  /** The values by column, undefined where the formula has none. */
  measure(map: MethodMap, logits: Logits): Readonly<Record<string, number | undefined>>;
}

/** The logits of the input as it is, and of those that were asked for, in their order. */
export interface Logits {
  readonly whole: Float32Array;
  readonly shared: readonly Float32Array[];
  readonly own: readonly Float32Array[];
}

/** Puts all inputs of all probes and heatmaps through the network, batch after batch, and reads the values of each heatmap. */
export async function measureProbes(
  { request, maps, instruments }: Pick<ExplainedClass, 'request' | 'maps' | 'instruments'>,
  image: ProbedImage,
  probes: readonly Probe[],
): Promise<Readonly<Record<string, number | undefined>>[]> {
  const prepared = probes.map((probe) => {
    const trials = probe.prepare(image);
    return { trials, shared: asked(trials.shared), own: maps.map((map) => asked(trials.own?.(map))) };
  });
  const whole = asked([image.input]);
  const all = [whole, ...prepared.flatMap(({ shared, own }) => [shared, ...own])];
  const receivers: Float32Array[][] = [];
  function* inputs() {
    for (const { inputs, logits } of all) {
      for (const input of inputs) {
        receivers.push(logits);
        yield input;
      }
    }
  }
  await instruments.logits(request, inputs(), (logits, index) => receivers[index]?.push(logits));
  return maps.map((map, i) =>
    Object.assign(
      {},
      ...prepared.map(({ trials, shared, own }) =>
        trials.measure(map, {
          whole: whole.logits[0] as Float32Array,
          shared: shared.logits,
          own: own[i]?.logits ?? [],
        }),
      ),
    ),
  );
}

function asked(inputs: Iterable<Float32Array> = []): {
  inputs: Iterable<Float32Array>;
  logits: Float32Array[];
} {
  return { inputs, logits: [] };
}

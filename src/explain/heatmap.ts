/** Numbers per channel and place, channel by channel; `channels` is 1 once they are pooled. */
export interface Heatmap {
  readonly relevance: Float32Array;
  readonly channels: number;
}

/** What a method does with its signal: a product with the input, or a pooling over channels. */
export type Step = keyof typeof STEPS;

const STEPS = {
  'times-input': ({ relevance, channels }: Heatmap, input: Float32Array) => ({
    relevance: relevance.map((value, i) => value * (input[i] as number)),
    channels,
  }),
  l2: pooling((sum, value) => sum + value * value, Math.sqrt),
  linf: pooling((largest, value) => Math.max(largest, Math.abs(value))),
  square: pooling((sum, value) => sum + value * value),
};

/** The signal after the steps, in order. */
export function applySteps(signal: Heatmap, steps: readonly Step[], input: Float32Array): Heatmap {
  return steps.reduce((heatmap, step) => STEPS[step](heatmap, input), signal);
}

/** One number a place: the sum over channels, as heatmaps of relevance are shown and ranked. */
export function toHeatmap(relevance: Float32Array, channels: number): Float32Array {
  return channels === 1 ? relevance : overChannels(relevance, channels, (sum, value) => sum + value);
}

function pooling(combine: (total: number, value: number) => number, finish = (total: number) => total) {
  return ({ relevance, channels }: Heatmap): Heatmap => ({
    relevance: overChannels(relevance, channels, combine, finish),
    channels: 1,
  });
}

/** Folds the channels of every place, starting from 0, in float64. */
function overChannels(
  relevance: Float32Array,
  channels: number,
  combine: (total: number, value: number) => number,
  finish = (total: number) => total,
): Float32Array {
  const area = relevance.length / channels;
  return Float32Array.from({ length: area }, (_, place) => {
    let total = 0;
    for (let channel = 0; channel < channels; channel++) {
      total = combine(total, relevance[channel * area + place] as number);
    }
    return finish(total);
  });
}

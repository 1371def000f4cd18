import type { Heatmap } from '../input/heatmap.js';
import type { InputLayout } from '../input/layout.js';

/** Numbers per channel and place, channel by channel; `channels` is 1 once they are pooled. */
export interface ChannelRelevance {
  readonly relevance: Float32Array;
  readonly channels: number;
}

/** What a method does with what it computed: a product with the input, ReLU, or a pooling over channels. */
export type Step = keyof typeof STEPS;

const STEPS = {
  'times-input': ({ relevance, channels }: ChannelRelevance, input: Float32Array) => ({
    relevance: relevance.map((value, i) => value * (input[i] as number)),
    channels,
  }),
  positive: ({ relevance, channels }: ChannelRelevance) => ({
    relevance: relevance.map((value) => Math.max(value, 0)),
    channels,
  }),
  l2: pooling((sum, value) => sum + value * value, Math.sqrt),
  linf: pooling((largest, value) => Math.max(largest, Math.abs(value))),
  square: pooling((sum, value) => sum + value * value),
  'positive-sum': pooling(
    (sum, value) => sum + value,
    (sum) => Math.max(sum, 0),
  ),
};

/** The relevance after the steps, in order. @param input what the relevance is of: the network's input, or an inner value */
export function applySteps(
  computed: ChannelRelevance,
  steps: readonly Step[],
  input: Float32Array,
): ChannelRelevance {
  return steps.reduce((relevance, step) => STEPS[step](relevance, input), computed);
}

/** The heatmap of an input, as it is shown, ranked and measured: relevance summed over channels. */
export function toHeatmap(
  relevance: ChannelRelevance,
  { rows, columns }: InputLayout,
  signed: boolean,
): Heatmap {
  return { values: sumOverChannels(relevance), rows, columns, signed };
}

/** One number a place: the sum over channels. */
export function sumOverChannels({ relevance, channels }: ChannelRelevance): Float32Array {
  return channels === 1 ? relevance : overChannels(relevance, channels, (sum, value) => sum + value);
}

function pooling(combine: (total: number, value: number) => number, finish = (total: number) => total) {
  return ({ relevance, channels }: ChannelRelevance): ChannelRelevance => ({
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
  const places = relevance.length / channels;
  return Float32Array.from({ length: places }, (_, place) => {
    let total = 0;
    for (let channel = 0; channel < channels; channel++) {
      total = combine(total, relevance[channel * places + place] as number);
    }
    return finish(total);
  });
}

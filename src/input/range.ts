import type { InputLayout } from './layout.js';

/** Per channel of a network's input: what stands for black, for white and for the mean pixel. */
export interface ChannelRange {
  low: number[];
  high: number[];
  mean: number[];
}

/** An array has no image space: its own smallest, largest and mean value a channel stand for black, white and mean. */
export function ownRange(input: Float32Array, { channels, places }: InputLayout): ChannelRange {
  const range: ChannelRange = { low: [], high: [], mean: [] };
  for (let c = 0; c < channels; c++) {
    const values = input.subarray(c * places, (c + 1) * places);
    range.low.push(values.reduce((a, b) => Math.min(a, b)));
    range.high.push(values.reduce((a, b) => Math.max(a, b)));
    range.mean.push(values.reduce((a, b) => a + b, 0) / places);
  }
  return range;
}

import type { Signals } from '../sample.js';

/**
 * A signal, channel by channel, with mean 0 and standard deviation 1 (of the population) over the channels of each moment or
 * the moments of each channel; zeros where all numbers are equal. In float64.
 */
export function standardised(
  values: Float32Array,
  channels: number,
  over: Signals['standardise'],
): Float32Array {
  if (over === undefined) return values;
  const length = values.length / channels;
  const result = new Float32Array(values.length);
  const lines = over === 'each-channel' ? channels : length;
  for (let line = 0; line < lines; line++) {
    const [from, step, count] =
      over === 'each-channel' ? [line * length, 1, length] : [line, length, channels];
    standardiseLine(values, result, { from, step, count });
  }
  return result;
}

function standardiseLine(
  values: Float32Array,
  result: Float32Array,
  { from, step, count }: { from: number; step: number; count: number },
): void {
  const mean = (of: (value: number) => number) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += of(values[from + i * step] as number);
    return sum / count;
  };
  const centre = mean((value) => value);
  const deviation = Math.sqrt(mean((value) => (value - centre) ** 2));
  if (deviation === 0) return;
  for (let i = 0; i < count; i++) {
    const at = from + i * step;
    result[at] = ((values[at] as number) - centre) / deviation;
  }
}

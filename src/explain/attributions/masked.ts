/** The input times a number a place, the same in all channels. */
export function masked(input: Float32Array, mask: Float32Array): Float32Array {
  return input.map((value, i) => value * (mask[i % mask.length] as number));
}

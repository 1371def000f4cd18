/** The input times a number a place, the same in all channels. */
export function masked(input: Float32Array, mask: Float32Array): Float32Array {
  const result = new Float32Array(input.length);
  for (let channel = 0; channel < input.length; channel += mask.length) {
    for (let place = 0; place < mask.length; place++) {
      result[channel + place] = (input[channel + place] as number) * (mask[place] as number);
    }
  }
  return result;
}

/** exp(z_i) / sum_j exp(z_j) of all z, in float64 and without overflow. */
export function softmax(values: ArrayLike<number>): Float64Array {
  const logits = new Float64Array(values);
  const most = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = logits.map((logit) => Math.exp(logit - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

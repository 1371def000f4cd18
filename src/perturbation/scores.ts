/** What is read from the logits of a step: the class's logit, or its probability. */
export const OUTPUTS = ['logit', 'softmax'] as const;
export type Output = (typeof OUTPUTS)[number];

/**
 * The score curve f(x(0)), ..., f(x(L)) of a class.
 * @param logits (steps + 1) x classes, as the perturber returns them
 */
export function scoreCurve(
  logits: Float32Array,
  classes: number,
  target: number,
  output: Output,
): Float64Array {
  return Float64Array.from({ length: logits.length / classes }, (_, step) => {
    const row = logits.subarray(step * classes, (step + 1) * classes);
    return output === 'logit' ? (row[target] as number) : softmaxOf(row, target);
  });
}

/** One class's share of exp(logit), without overflow. */
function softmaxOf(logits: Float32Array, target: number): number {
  const largest = logits.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY);
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - largest), 0);
  return Math.exp((logits[target] as number) - largest) / sum;
}

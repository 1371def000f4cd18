/** What is read from the logits of a step, by name: the class's logit, or its probability. */
export const OUTPUTS = {
  logit: (logits: Float32Array, target: number): number => logits[target] as number,

  /** exp(z_t) / sum_j exp(z_j), without overflow. */
  softmax(logits: Float32Array, target: number): number {
    const largest = logits.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY);
    const sum = logits.reduce((total, logit) => total + Math.exp(logit - largest), 0);
    return Math.exp((logits[target] as number) - largest) / sum;
  },
} as const;
export type Output = keyof typeof OUTPUTS;

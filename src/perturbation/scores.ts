import { softmax } from '../explain/softmax.js';

/** What is read from the logits of a step, by name, of every class: its logit, or its probability. */
export const OUTPUTS = {
  logit: (logits: Float32Array): ArrayLike<number> => logits,
  softmax,
} as const satisfies Record<string, (logits: Float32Array) => ArrayLike<number>>;

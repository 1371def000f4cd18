import type { Numbers } from './metric.js';
import { sum } from './statistics.js';

/**
 * One score for a group of outputs (the ILSVRC classes that make up one VOC class), and where its relevance
 * starts.
 *
 * `weights` has one entry for each output of the group and sums to 1. An explanation of the group starts at
 * the logits with R_j = weight_j z_j (start: logit) or R_j = weight_j (start: one), and with 0 at every other
 * output; a group of one output is explained as that output is.
 */
export interface GroupOutput {
  score: number;
  weights: Float64Array;
}

/**
 * The kinds of score, each of logits z over all outputs and the indices g of the group. Higher speaks for the
 * group.
 *
 * Weights, derived: the strongest logit is one neuron, which takes all. log-sum-exp has the derivative
 * exp(z_j) / sum_g exp(z_i) at z_j: the softmax within the group. The sum of probabilities has the summands
 * p_j, so output j has the share p_j / sum_g p_i in it, as a sum is decomposed by every LRP rule, and since
 * p_j is proportional to exp(z_j) these are the same weights. (Its derivative p_j (1 - sum_g p_i) is that
 * vector times a factor that vanishes as the network becomes sure, plus a contrast against all other outputs,
 * which the logit as start leaves out too.)
 */
export const GROUP_SCORES = {
  /** max_g z_j, in logits. */
  strongest: (logits: Numbers, group: readonly number[]): GroupOutput => {
    const members = group.map((index) => logits[index] as number);
    const score = Math.max(...members);
    const winner = members.indexOf(score);
    return { score, weights: Float64Array.from(members, (_, i) => (i === winner ? 1 : 0)) };
  },
  /** sum_g softmax(z)_j, a probability. */
  'sum-of-probabilities': (logits: Numbers, group: readonly number[]): GroupOutput => {
    const all = logSumExp(logits);
    const { score, weights } = GROUP_SCORES['log-sum-exp'](logits, group);
    return { score: Math.exp(score - all), weights };
  },
  /** log sum_g exp(z_j), in logits: at least the strongest, more if several agree. */
  'log-sum-exp': (logits: Numbers, group: readonly number[]): GroupOutput => {
    const members = Float64Array.from(group, (index) => logits[index] as number);
    const score = logSumExp(members);
    return { score, weights: members.map((logit) => Math.exp(logit - score)) };
  },
} as const satisfies Record<string, (logits: Numbers, group: readonly number[]) => GroupOutput>;
export type GroupScore = keyof typeof GROUP_SCORES;

/** log sum exp(z) without overflow. */
function logSumExp(logits: Numbers): number {
  const most = Array.from(logits).reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return most + Math.log(sum(Float64Array.from(logits, (logit) => Math.exp(logit - most))));
}

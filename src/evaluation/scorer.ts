import { mismatch } from '../errors.js';
import type { Model } from '../experiment/model.js';
import type { OpenExperiment } from '../experiment/open.js';
import { GROUP_SCORES } from '../metrics/groups.js';
import { OUTPUTS } from '../perturbation/scores.js';

/** What is explained and followed for a class: one output of the network, or the group of outputs that stands for it. */
export interface Output {
  readonly name: string;
  readonly indices: readonly number[];
}

/** How logits become scores of classes, and where the relevance of a class starts. */
export interface Scorer {
  /** By class index: of the data set with a class map, of the network without one. */
  readonly outputs: readonly Output[];
  /** The score of a class: the logit or probability of its output, or its group's score. */
  score(logits: Float32Array, output: Output): number;
  /** Weights over all logits at which the relevance of a group starts; undefined for a single output. */
  weights(logits: Float32Array, output: Output): Float32Array | undefined;
}

/**
 * The scorer of a network for a data set's classes.
 *
 * @throws InputError when a class has no outputs in the map, or the network lacks one of them
 */
export function createScorer(
  { name, network, labels }: Model,
  { experiment: { scoring, perturbation }, dataset: { classes }, classMap }: OpenExperiment,
): Scorer {
  if (!scoring || !classMap) {
    const followed = OUTPUTS[perturbation?.output ?? 'logit'];
    return {
      outputs: labels.map((label, index) => ({ name: label, indices: [index] })),
      score: (logits, { indices: [index = 0] }) => followed(logits, index),
      weights: () => undefined,
    };
  }
  const outputs = classes.map((label) => {
    const indices = classMap[label] ?? [];
    const outside = indices.find((index) => index >= network.classes);
    if (indices.length === 0 || outside !== undefined) {
      throw mismatch({
        what: `outputs of class '${label}'`,
        where: `class map ${scoring.map}, network ${name}`,
        expected: `at least one, from 0 to ${network.classes - 1}`,
        got: String(outside ?? 'none'),
      });
    }
    return { name: label, indices };
  });
  const group = GROUP_SCORES[scoring.group];
  return {
    outputs,
    score: (logits, { indices }) => group(logits, indices).score,
    weights(logits, { indices }) {
      const weights = new Float32Array(logits.length);
      for (const [i, weight] of group(logits, indices).weights.entries())
        weights[indices[i] as number] = weight;
      return weights;
    },
  };
}

/** The class with the highest score; the first one of equals. */
export function bestOutput({ outputs, score }: Scorer, logits: Float32Array): Output {
  const scores = outputs.map((output) => score(logits, output));
  return outputs[scores.indexOf(Math.max(...scores))] as Output;
}

import { outputsOfClasses } from '../datasets/classes.js';
import { groupOfClass } from '../datasets/labels.js';
import type { Model } from '../experiment/model.js';
import { classesOf } from '../experiment/network-classes.js';
import type { OpenExperiment } from '../experiment/open.js';
import { GROUP_SCORES } from '../metrics/groups.js';
import { OUTPUTS } from '../perturbation/scores.js';
import { requireFinite } from './families/measures.js';

/** What is explained and followed for a class: one output of the network, or the group of outputs that stands for it. */
export interface Output {
  readonly name: string;
  readonly indices: readonly number[];
}

/** How logits become scores of classes, and where the relevance of a class starts. */
export interface Scorer {
  /** By class index: of the data set with a class map, of the network without one. */
  readonly outputs: readonly Output[];
  /**
   * Whether it can be right or wrong about an image: not a network of one output, a regression, nor where all classes of a
   * class map are the same outputs, as parts of a face are.
   */
  readonly decides: boolean;
  /** The output of a class of the data set; undefined where it cannot be told which one it is. */
  ofClass(index: number): Output | undefined;
  /**
   * Reads the scores of classes: the logit or probability of an output, or its group's score. What they share is computed once.
   * @throws InputError, where it reads one, when that is not finite
   */
  scores(logits: Float32Array): (output: Output) => number;
  /** Weights over all logits at which the relevance of a group starts; undefined for a single output. */
  weights(logits: Float32Array, output: Output): Float32Array | undefined;
}

/**
 * The scorer of a network for a data set's classes.
 *
 * @throws InputError when a class has no outputs in the map, or the network lacks one of them
 */
export function createScorer(model: Model, open: OpenExperiment): Scorer {
  const { scoring, perturbation } = open.experiment;
  const { dataset, classMap } = open;
  if (!scoring || !classMap) {
    const followed = OUTPUTS[perturbation?.output ?? 'logit'];
    const outputs = model.labels.map((label, index) => ({ name: label, indices: [index] }));
    const found = outputsOfClasses(dataset, classesOf(model));
    return {
      outputs,
      decides: areSeveral(outputs),
      ofClass: (index) => (typeof found === 'string' ? undefined : outputs[found[index] ?? -1]),
      scores(logits) {
        const read = followed(logits);
        return (output) => requireFinite(read[output.indices[0] as number] as number, scoreOf(output));
      },
      weights: () => undefined,
    };
  }
  const outputs = dataset.classes.map((name) => ({
    name,
    indices: groupOfClass(name, classMap, model.network),
  }));
  const group = GROUP_SCORES[scoring.group];
  return {
    outputs,
    decides: areSeveral(outputs),
    ofClass: (index) => outputs[index],
    scores: (logits) => (output) => requireFinite(group(logits, output.indices).score, scoreOf(output)),
    weights(logits, { indices }) {
      const weights = new Float32Array(logits.length);
      for (const [i, weight] of group(logits, indices).weights.entries())
        weights[indices[i] as number] = weight;
      return weights;
    },
  };
}

function areSeveral(outputs: readonly Output[]): boolean {
  return new Set(outputs.map(({ indices }) => indices.join())).size > 1;
}

function scoreOf({ name }: Output): string {
  return `score of class '${name}'`;
}

/** The probability of a class: the softmax of its outputs, summed. */
export function probabilityOf(logits: Float32Array, { indices }: Output): number {
  const shares = OUTPUTS.softmax(logits);
  return indices.reduce((sum, index) => sum + (shares[index] as number), 0);
}

/** The probability of all other outputs than those of a class, summed: what 1 - p is, with all its digits. */
export function probabilityOfOthers(logits: Float32Array, { indices }: Output): number {
  const own = new Set(indices);
  return OUTPUTS.softmax(logits).reduce((sum, share, index) => (own.has(index) ? sum : sum + share), 0);
}

/** Whether a sample of these classes is classified as one of them; undefined where it has none, or nothing is decided. */
export function isRight(
  scorer: Scorer,
  labels: readonly number[],
  logits: Float32Array,
): boolean | undefined {
  if (labels.length === 0 || !scorer.decides) return undefined;
  const best = bestOutput(scorer, logits);
  return labels.some((label) => scorer.ofClass(label) === best);
}

/** The class with the highest score; the first one of equals. */
export function bestOutput({ outputs, scores }: Scorer, logits: Float32Array): Output {
  const own = outputs.map(scores(logits));
  return outputs[own.indexOf(Math.max(...own))] as Output;
}

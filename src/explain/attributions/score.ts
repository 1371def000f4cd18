import { z } from 'zod';
import { mismatch } from '../../errors.js';
import type { Item } from '../batches.js';
import { type ExplainRequest, explainedLogit } from '../request.js';
import { softmax } from '../softmax.js';
import type { Pass } from './passes.js';

export const OUTPUTS = ['logit', 'probability'] as const;

export const OUTPUT = z
  .enum(OUTPUTS)
  .default('logit')
  .describe('what is explained of the class: its logit, or its probability by the softmax over all classes');

export type Output = (typeof OUTPUTS)[number];

/**
 * The number that a request explains: the logit of its class (or its weighted sum of logits), or the probability.
 * @throws InputError for the probability of a weighted sum
 */
export function scoreOf(logits: Float32Array, request: ExplainRequest, output: Output = 'logit'): number {
  if (output === 'logit') return explainedLogit(request, logits);
  return probabilities(logits, request)[request.target] as number;
}

/** The scores of many inputs of one request, in order. */
export async function scoresOf(forward: Pass, items: Iterable<Item>, output: Output): Promise<number[]> {
  const scores: number[] = [];
  const requests: ExplainRequest[] = [];
  function* noted(): Generator<Item> {
    for (const item of items) {
      requests.push(item.request);
      yield item;
    }
  }
  await forward.run(noted(), (outputs, index) => {
    const [logits = new Float32Array()] = Object.values(outputs);
    scores.push(scoreOf(logits, requests[index] as ExplainRequest, output));
  });
  return scores;
}

/** How much the probability of the class rises with each logit: p_c (1 at the class - p_j). @throws InputError as {@link scoreOf} */
export function slopesOfProbability(logits: Float32Array, request: ExplainRequest): Float32Array {
  const shares = probabilities(logits, request);
  const own = shares[request.target] as number;
  return Float32Array.from(shares, (share, j) =>
    j === request.target ? own * others(shares, j) : -own * share,
  );
}

/** 1 - p_j as the sum of all others, which keeps its digits where p_j is near 1. */
function others(shares: Float64Array, j: number): number {
  return shares.reduce((sum, share, i) => (i === j ? sum : sum + share), 0);
}

function probabilities(logits: Float32Array, { id, weights }: ExplainRequest): Float64Array {
  if (weights) {
    throw mismatch({
      what: 'output of a method',
      where: id,
      expected: 'logit where classes are scored by weighted logits',
      got: 'probability',
    });
  }
  if (logits.length === 1) {
    throw mismatch({
      what: 'output of a method',
      where: id,
      expected: 'logit where the network has one output',
      got: 'probability, which is always 1',
    });
  }
  return softmax(logits);
}

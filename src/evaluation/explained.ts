import type { ExplainerSet } from '../explain/explainer.js';
import { toHeatmap } from '../explain/heatmap.js';
import type { ExplainRequest } from '../explain/request.js';
import { round } from './numbers.js';
import type { Output, Scorer } from './scorer.js';
import type { RelevanceSums } from './unit.js';

/** A heatmap of one class by one method. */
export interface ExplainedMap {
  readonly method: string;
  readonly signed: boolean;
  /** One number a position: relevance summed over channels, or pooled as the method says. */
  readonly heatmap: Float32Array;
  readonly relevance: RelevanceSums;
}

/** What a class of an image is explained from. */
export function explainRequest(
  scorer: Scorer,
  id: string,
  input: Float32Array,
  logits: Float32Array,
  output: Output,
): ExplainRequest {
  const weights = scorer.weights(logits, output);
  return { id, input, target: output.indices[0] as number, ...(weights && { weights }) };
}

/** Explains one class of one image by every method. */
export async function explainOutput(
  explainers: ExplainerSet,
  request: ExplainRequest,
  logits: Float32Array,
): Promise<ExplainedMap[]> {
  const { weights, target } = request;
  const explained = await explainers.explain([request]);
  const logit = weights
    ? weights.reduce((sum, weight, i) => sum + weight * (logits[i] as number), 0)
    : logits[target];
  return explainers.methods.map(({ id, signed, distributes }, i) => {
    const [explanation] = explained[i] ?? [];
    if (!explanation) throw new Error(`${id} explained nothing`);
    const heatmap = toHeatmap(explanation.relevance, explanation.channels);
    const start = distributes && { start: round(logit as number) };
    return { method: id, signed, heatmap, relevance: { ...sumsOf(heatmap), ...start } };
  });
}

function sumsOf(heatmap: Float32Array): { sum: number; absolute: number } {
  let [sum, absolute] = [0, 0];
  for (const value of heatmap) {
    sum += value;
    absolute += Math.abs(value);
  }
  return { sum: round(sum), absolute: round(absolute) };
}

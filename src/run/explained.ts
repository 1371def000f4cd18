import { type Explainer, toHeatmap } from '../explain/explainer.js';
import type { Output, Scorer } from './outputs.js';
import { round } from './numbers.js';
import type { RelevanceSums } from './unit.js';

/** A heatmap of one class by one method. */
export interface ExplainedMap {
  readonly method: string;
  readonly signed: boolean;
  /** One number a position: relevance summed over channels, or pooled as the method says. */
  readonly heatmap: Float32Array;
  readonly relevance: RelevanceSums;
}

/** Explains one class of one image by every method. */
export async function explainOutput(
  explainers: readonly Explainer[],
  scorer: Scorer,
  imageId: string,
  input: Float32Array,
  logits: Float32Array,
  output: Output,
): Promise<ExplainedMap[]> {
  const weights = scorer.weights(logits, output);
  const target = output.indices[0] as number;
  const maps: ExplainedMap[] = [];
  for (const explainer of explainers) {
    const [explanation] = await explainer.explain([{ id: imageId, input, target, ...(weights && { weights }) }]);
    if (!explanation) throw new Error(`${explainer.id} explained nothing`);
    const heatmap = toHeatmap(explanation.relevance, explanation.channels);
    maps.push({
      method: explainer.id,
      signed: explainer.signed,
      heatmap,
      relevance: { ...sumsOf(heatmap), start: round(explanation.start) },
    });
  }
  return maps;
}

function sumsOf(heatmap: Float32Array): { sum: number; absolute: number } {
  let [sum, absolute] = [0, 0];
  for (const value of heatmap) {
    sum += value;
    absolute += Math.abs(value);
  }
  return { sum: round(sum), absolute: round(absolute) };
}

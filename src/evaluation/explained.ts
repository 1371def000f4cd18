import type { PreparedInput } from '../datasets/prepare.js';
import type { ExplainerSet } from '../explain/explainer.js';
import { toHeatmap } from '../explain/heatmap.js';
import { type ExplainRequest, explainedLogit } from '../explain/request.js';
import type { InputLayout } from '../input/layout.js';
import type { MethodMap } from './families/explained-class.js';
import { round } from './families/measures.js';
import type { Output, Scorer } from './scorer.js';
import type { RelevanceSums } from './unit.js';

/** A heatmap of one class by one method: relevance summed over channels, or pooled as the method says. */
export interface ExplainedMap extends MethodMap {
  readonly relevance: RelevanceSums;
}

/** What a class of an image is explained from. */
export function explainRequest(
  scorer: Scorer,
  id: string,
  { input, given, document }: PreparedInput,
  logits: Float32Array,
  output: Output,
): ExplainRequest {
  const weights = scorer.weights(logits, output);
  return {
    id,
    input,
    target: output.indices[0] as number,
    ...(given && { given }),
    ...(document && { document }),
    ...(weights && { weights }),
  };
}

/** Explains one class of one image by every method that has a heatmap of it. @throws InputError when relevance is not finite */
export async function explainOutput(
  explainers: ExplainerSet,
  request: ExplainRequest,
  logits: Float32Array,
  layout: InputLayout,
): Promise<ExplainedMap[]> {
  const explained = await explainers.explain([request]);
  const logit = explainedLogit(request, logits);
  return explainers.methods.flatMap(({ id, signed, distributes }, i) => {
    const [explanation] = explained[i] ?? [];
    if (!explanation) return [];
    const heatmap = toHeatmap(explanation, layout, signed);
    const start = distributes && { start: round(logit) };
    const { expected: sum } = explanation;
    const expected = sum !== undefined && { expected: round(sum) };
    return [{ method: id, ...heatmap, relevance: { ...sumsOf(id, heatmap.values), ...start, ...expected } }];
  });
}

function sumsOf(method: string, heatmap: Float32Array): { sum: number; absolute: number } {
  let [sum, absolute] = [0, 0];
  for (const value of heatmap) {
    sum += value;
    absolute += Math.abs(value);
  }
  return { sum: round(sum, `relevance of ${method}`), absolute: round(absolute, `relevance of ${method}`) };
}

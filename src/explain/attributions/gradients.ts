import type { Item } from '../batches.js';
import type { ExplainRequest } from '../request.js';
import { GRADIENT_OUTPUT, type Pass } from './passes.js';

/** Gets the gradient and the logits at the i-th variant of a request's input; the arrays are valid during the call only. */
export type ReceiveGradient = (
  request: number,
  index: number,
  gradient: Float32Array,
  logits: Float32Array,
) => void;

/** The gradient at `count` variants of every request's input, in order. @param variant an input, or one with weights of its own */
export async function gradientsAt(
  pass: Pass,
  requests: readonly ExplainRequest[],
  count: number,
  variant: (request: ExplainRequest, index: number) => Float32Array | Item,
  receive: ReceiveGradient,
): Promise<void> {
  function* variants(): Generator<Item> {
    for (const request of requests) {
      for (let i = 0; i < count; i++) {
        const one = variant(request, i);
        yield one instanceof Float32Array ? { input: one, request } : one;
      }
    }
  }
  await pass.run(variants(), (outputs, index) => {
    const { [GRADIENT_OUTPUT]: gradient = new Float32Array(), ...logits } = outputs;
    receive(Math.floor(index / count), index % count, gradient, Object.values(logits)[0] as Float32Array);
  });
}

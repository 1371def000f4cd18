import { InputError } from '../errors.js';
import { BATCH } from '../graph/graph.js';
import { byteLengthOf } from '../graph/tensor.js';
import type { Network } from '../import/network.js';
import { toOnnx } from '../onnx/encode.js';
import { compileExplanation } from './compile.js';
import { resolveMethod } from './methods.js';
import { boundsOf, type ExplainOptions } from './request.js';

/** Size that no protocol buffer message may exceed. */
const PROTOBUF_LIMIT = 2 ** 31 - 1;

/**
 * A method on a network as a standard ONNX model (opset 18): inputs `input` (float32, [batch, ...]) and `target` (int64,
 * [batch]), outputs `logits` and `relevance` in the shape of the input, or of the inner layer that the method names. Plain
 * onnxruntime runs it.
 * @throws InputError for methods that are not one graph (SmoothGrad, baselines, poolings...), and for models over 2 GB.
 */
export function exportExplanation(
  network: Network,
  methodId: string,
  options: Pick<ExplainOptions, 'start' | 'low' | 'high' | 'composites'> = {},
): Uint8Array {
  const method = resolveMethod(methodId, options.composites);
  const pass = method.steps.length > 0 ? undefined : method.backward(options);
  if (!pass) {
    throw new InputError(
      `method '${methodId}' cannot be saved as a model: expected LRP, a composite, gradient, deconvnet or guided-backprop`,
    );
  }
  const bounds = boundsOf(options);
  const layer = method.attribution.layer?.(network);
  const graph = compileExplanation(
    network.graph,
    [{ ...pass, ends: [{ output: 'relevance', at: layer?.value }] }],
    bounds && { bounds },
  );
  const bytes = [...graph.constants.values()].reduce((sum, constant) => sum + byteLengthOf(constant), 0);
  if (bytes > PROTOBUF_LIMIT) {
    throw new InputError(
      `explanation of '${network.name}' has ${bytes} bytes of weights: an ONNX file holds 2 GB`,
    );
  }
  const [logits = '', relevance = ''] = graph.outputs;
  return toOnnx(graph, [
    { name: logits, type: 'float32', shape: [BATCH, network.classes] },
    { name: relevance, type: 'float32', shape: [BATCH, ...(layer?.shape ?? network.inputShape)] },
  ]);
}

import * as ort from 'onnxruntime-node';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import type { Graph } from '../../src/graph/graph.js';
import { floatTensor } from '../../src/graph/tensor.js';
import { ModelProto } from '../../src/onnx/schema.js';

/** Logits of a canonical graph for one sample. */
export async function logitsOf(graph: Graph, input: Float32Array): Promise<Float32Array> {
  const session = await onnxruntime.load(graph);
  const shape = graph.inputs[0]?.shape.slice(1) ?? [];
  const batch = input.length / shape.reduce((a, b) => a * b, 1);
  const { logits } = await session.run({ input: floatTensor([batch, ...shape], input) });
  await session.release();
  return logits?.data as Float32Array;
}

/**
 * One value of an ONNX model that onnxruntime runs as it is; `dims` is the shape of the input with its batch. Without
 * optimisations by default, for some of them change numbers (a Pad fused into a MaxPool).
 */
export async function runOriginal(
  model: Uint8Array,
  dims: readonly number[],
  input: Float32Array,
  value: string,
  graphOptimizationLevel: 'disabled' | 'all' = 'disabled',
): Promise<Float32Array> {
  const options = {
    intraOpNumThreads: 1,
    logSeverityLevel: 4,
    graphOptimizationLevel,
    // As in our engine: dense layers of packed weights sum in another order.
    extra: { session: { disable_prepacking: '1' } },
  } as const;
  const session = await ort.InferenceSession.create(withOutput(model, value), options);
  const name = session.inputNames.find((candidate) => !candidate.includes('blobs_queue')) as string;
  const results = await session.run({ [name]: new ort.Tensor('float32', input, dims) }, [value]);
  await session.release();
  return results[value]?.data as Float32Array;
}

/** The model with one more output: a message with the fields of another, appended to its bytes, extends it. */
function withOutput(model: Uint8Array, name: string): Uint8Array {
  return Buffer.concat([model, ModelProto.encode({ graph: { output: [{ name }] } }).finish()]);
}

/** ||actual - expected|| / ||expected|| in the 2-norm. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < expected.length; i++) {
    difference += ((actual[i] as number) - (expected[i] as number)) ** 2;
    norm += (expected[i] as number) ** 2;
  }
  return Math.sqrt(difference / norm);
}

/** The same numbers in -1 .. 1 every time: a Weyl sequence. */
export function noise(length: number, seed = 1): Float32Array {
  return Float32Array.from(
    { length },
    (_, i) => 2 * (((i + 1) * 0.6180339887498949 + seed * 0.7548776662) % 1) - 1,
  );
}

import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import type { Graph } from '../../src/graph/graph.js';
import { floatTensor } from '../../src/graph/tensor.js';

/** Reads a little-endian float32 .npy file. */
export function readFloats(path: string): Float32Array {
  const bytes = readFileSync(path);
  if (!bytes.toString('latin1').includes("'descr': '<f4'")) throw new Error(`${path} is not float32`);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset + 10 + bytes.readUInt16LE(8)));
}

/** Logits of a canonical graph for one sample. */
export async function logitsOf(graph: Graph, input: Float32Array): Promise<Float32Array> {
  const session = await onnxruntime.load(graph);
  const shape = graph.inputs[0]?.shape.slice(1) ?? [];
  const batch = input.length / shape.reduce((a, b) => a * b, 1);
  const { logits } = await session.run({ input: floatTensor([batch, ...shape], input) });
  await session.release();
  return logits?.data as Float32Array;
}

/** First output of an ONNX file run as it is. */
export async function runOriginal(
  model: Uint8Array | string,
  dims: readonly number[],
  input: Float32Array,
  output?: string,
): Promise<Float32Array> {
  const options: ort.InferenceSession.SessionOptions = { intraOpNumThreads: 1, logSeverityLevel: 3 };
  const session = await (typeof model === 'string'
    ? ort.InferenceSession.create(model, options)
    : ort.InferenceSession.create(model, options));
  const name = session.inputNames.find((candidate) => !candidate.includes('blobs_queue')) as string;
  const results = await session.run({ [name]: new ort.Tensor('float32', input, dims) });
  await session.release();
  return results[output ?? (session.outputNames[0] as string)]?.data as Float32Array;
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
  return Float32Array.from({ length }, (_, i) => 2 * (((i + 1) * 0.6180339887498949 + seed * 0.7548776662) % 1) - 1);
}

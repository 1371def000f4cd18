import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { afterAll, expect } from 'vitest';
import { GraphBuilder } from '../../src/graph/builder.js';
import type { Graph } from '../../src/graph/graph.js';
import { floatTensor, sizeOf } from '../../src/graph/tensor.js';
import { NetworkFileReader } from '../../src/import/files.js';
import { loadNetwork, type Network, type NetworkFiles } from '../../src/import/network.js';
import { readOnnx } from '../../src/import/onnx/read.js';
import { toOnnx } from '../../src/onnx/encode.js';
import { ModelProto } from '../../src/onnx/schema.js';
import { logitsOf, noise, relativeError, runOriginal } from './support.js';

const folder = mkdtempSync(join(tmpdir(), 'heatproof-import-'));
let files = 0;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes bytes to a new temporary file and returns its path. */
export function temporaryFile(bytes: Uint8Array | string, extension: string): string {
  const path = join(folder, `${files++}${extension}`);
  writeFileSync(path, bytes);
  return path;
}

/** Appends operators to a builder and returns the output. */
export type Write = (builder: GraphBuilder, x: string) => string;

/** An ONNX graph of any operators; `dims` is the input's shape with its batch (-1: open). */
export function graphOf(dims: readonly number[], write: Write): Graph {
  const builder = new GraphBuilder('net');
  const x = builder.input({ name: 'data', type: 'float32', shape: dims });
  return builder.build([write(builder, x)]);
}

/** The domain of the operators that onnxruntime fuses others to; in graphs, it stands in front of their names. */
const VENDOR = 'com.microsoft';

/** The graph as the bytes of an ONNX file of an operator set. */
export function onnxBytes(graph: Graph, opset: number): Uint8Array {
  const model = ModelProto.decode(toOnnx(graph)) as unknown as {
    opset_import: { domain?: string; version: number }[];
    graph: { node: { op_type: string; domain?: string }[] };
  };
  for (const set of model.opset_import) set.version = opset;
  for (const node of model.graph.node) {
    if (!node.op_type.startsWith(`${VENDOR}.`)) continue;
    node.op_type = node.op_type.slice(VENDOR.length + 1);
    node.domain = VENDOR;
  }
  model.opset_import.push({ domain: VENDOR, version: 1 });
  return ModelProto.encode(model).finish();
}

/** Integers as a packed field of a tensor message holds them. */
export function varints(numbers: Iterable<number>): Uint8Array {
  const writer = protobuf.Writer.create();
  for (const number of numbers) writer.int64(number);
  return writer.finish();
}

/** Deterministic weights. */
export function weights(builder: GraphBuilder, name: string, dims: readonly number[], scale = 0.5): string {
  const data = noise(sizeOf(dims), name.length + 1).map((value) => value * scale);
  return builder.constant(floatTensor(dims, data), name);
}

/** Imports an ONNX file made of the graph. */
export function importGraph(
  graph: Graph,
  opset: number,
  files: Partial<NetworkFiles> = {},
): Promise<Network> {
  return loadNetwork({ weights: temporaryFile(onnxBytes(graph, opset), '.onnx'), ...files });
}

/** The graph of an ONNX file before its batch normalisations are merged. */
export async function unmergedGraph(path: string): Promise<Graph> {
  const options = { name: 'net', output: undefined, inputShape: undefined };
  return (await readOnnx(path, new NetworkFileReader(), options)).graph;
}

/** Asserts that the imported network computes what onnxruntime computes from the ONNX file itself. */
export async function expectSameNumbers(graph: Graph, opset: number, tolerance = 1e-5): Promise<Network> {
  const bytes = onnxBytes(graph, opset);
  const path = temporaryFile(bytes, '.onnx');
  const network = await loadNetwork({ weights: path });
  const [declared = 1, ...sample] = graph.inputs[0]?.shape ?? [];
  const batch = declared === -1 ? 2 : declared;
  const input = noise(batch * sizeOf(sample));
  const output = graph.outputs[0] as string;
  const expected = await runOriginal(bytes, [batch, ...sample], input, output);
  expect(relativeError(await logitsOf(network.graph, input), expected)).toBeLessThan(tolerance);
  expect(relativeError(await logitsOf(await unmergedGraph(path), input), expected)).toBeLessThan(tolerance);
  return network;
}

/** Numbers over tokens of some features, then one number a class. */
export const pooled =
  (write: Write): Write =>
  (b, x) =>
    b.add('ReduceMean', [write(b, x)], { axes: [1], keepdims: 0 });

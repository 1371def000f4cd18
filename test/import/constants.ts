import * as ort from 'onnxruntime-node';
import { fromFloat16 } from '../../src/files/half-floats.js';
import { Budget, Constant, type ElementType } from '../../src/import/constant.js';
import { arrayFor, ELEMENTS } from '../../src/import/onnx/element-types.js';
import { fold } from '../../src/import/onnx/folding/fold.js';
import { OnnxNode } from '../../src/import/onnx/node.js';
import { TensorReader } from '../../src/import/onnx/tensors.js';
import { Unsupported } from '../../src/import/unsupported.js';
import type { NodeProto, TensorProto } from '../../src/onnx/decode.js';
import { ModelProto } from '../../src/onnx/schema.js';

const CODES = new Map([...ELEMENTS].map(([code, { type }]) => [type, code]));

/** Every element type. */
export const TYPES = [...CODES.keys()];

export function constant(type: ElementType, dims: readonly number[], numbers: readonly number[]): Constant {
  return new Constant(type, dims, new (arrayFor(type))(numbers));
}

export const int64 = (...numbers: number[]) => constant('int64', [numbers.length], numbers);

/** The constant as an ONNX file holds it. */
export function tensorOf(value: Constant, name = ''): TensorProto {
  const code = CODES.get(value.type) as number;
  return { name, dims: [...value.dims], data_type: code, raw_data: rawData(value) };
}

function rawData({ type, data }: Constant): Uint8Array {
  const { width } = ELEMENTS.get(CODES.get(type) as number) as { width: number };
  const view = new DataView(new ArrayBuffer(data.length * width));
  for (const [i, value] of data.entries()) {
    const at = i * width;
    if (type === 'float32') view.setFloat32(at, value, true);
    else if (type === 'float64') view.setFloat64(at, value, true);
    else if (type === 'float16') view.setUint16(at, halfBits(value), true);
    else if (type === 'bfloat16') view.setUint16(at, upperHalf(value), true);
    else if (width === 8) view.setBigInt64(at, BigInt(value), true);
    else if (width === 4) view.setInt32(at, value, true);
    else if (width === 2) view.setInt16(at, value, true);
    else view.setInt8(at, value);
  }
  return new Uint8Array(view.buffer);
}

const HALVES = new Map(Array.from({ length: 2 ** 16 }, (_, bits) => [fromFloat16(bits), bits] as const));
const halfBits = (value: number) => (Object.is(value, 0) ? 0 : (HALVES.get(value) as number));

function upperHalf(value: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  return view.getUint16(0);
}

/** What folding makes of a node; undefined where it refuses. */
export function folded(
  node: NodeProto,
  inputs: readonly (Constant | undefined)[],
  opset: number,
): readonly Constant[] | undefined {
  try {
    return fold(new OnnxNode(node, inputs, opset, new TensorReader()), new Budget('generated'));
  } catch (error) {
    if (error instanceof Unsupported) return undefined;
    throw error;
  }
}

/** A constant to compare with others. */
export interface Value {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: readonly number[];
}

export function plain({ type, dims, data }: Constant): Value {
  return { type, dims: [...dims], data: Array.from(data) };
}

/** What onnxruntime makes of nodes that read initializers only: these values, or its complaint. */
export async function computed(
  node: readonly object[],
  initializer: readonly TensorProto[],
  values: readonly string[],
  opset: number,
): Promise<readonly Value[] | string> {
  const output = values.map((name) => ({ name }));
  const model = ModelProto.encode({
    ir_version: 8,
    graph: { name: 'constants', node, initializer, output },
    opset_import: [{ domain: '', version: opset }],
  }).finish();
  const options = { graphOptimizationLevel: 'disabled', logSeverityLevel: 4, intraOpNumThreads: 1 } as const;
  try {
    const session = await ort.InferenceSession.create(model, options);
    const results = await session.run({});
    await session.release();
    return values.map((name) => asValue(results[name] as ort.Tensor));
  } catch (error) {
    return (error as Error).message;
  }
}

function asValue({ type, dims, data }: ort.Tensor): Value {
  const read = type === 'float16' ? fromFloat16 : Number;
  return { type, dims, data: Array.from(data as Iterable<number | bigint>, (value) => read(Number(value))) };
}

/** Complaints about types for which onnxruntime has no kernel, or its JavaScript no array. */
export const NOT_THEIRS = /^(Could not find an implementation for|Unsupported data type: 16)/;

/** Nodes as decoded files hold them: copies with numbers of their own. */
export function decoded(node: readonly object[]): NodeProto[] {
  const model = ModelProto.decode(ModelProto.encode({ graph: { node } }).finish());
  return (model as unknown as { graph: { node: NodeProto[] } }).graph.node;
}

import { InputError } from '../errors.js';
import { decodeMessage, type Integer, toNumber } from '../files/protobuf.js';
import { ModelProto } from './schema.js';

export interface TensorProto {
  name?: string;
  dims?: Integer[];
  data_type?: number;
  raw_data?: Uint8Array;
  float_data?: Uint8Array;
  double_data?: Uint8Array;
  int32_data?: Uint8Array;
  int64_data?: Uint8Array;
  uint64_data?: Uint8Array;
  data_location?: number;
  external_data?: { key?: string; value?: string }[];
}

export interface AttributeProto {
  name: string;
  f: number;
  i: Integer;
  s: Uint8Array;
  t?: TensorProto;
  g?: GraphProto;
  floats: number[];
  ints: Integer[];
  strings: Uint8Array[];
  type: number;
}

export interface NodeProto {
  input: string[];
  output: string[];
  name: string;
  op_type: string;
  domain: string;
  attribute: AttributeProto[];
}

export interface GraphProto {
  node: NodeProto[];
  initializer: TensorProto[];
  input: ValueInfoProto[];
  output: ValueInfoProto[];
}

interface ValueInfoProto {
  name: string;
  type?: {
    tensor_type?: {
      elem_type: number;
      shape?: { dim: { dim_value?: Integer; dim_param?: string }[] };
    };
  };
}

/** The parts of an ONNX file that matter, with the names of its format. */
export interface OnnxModel {
  readonly opset: number;
  readonly nodes: readonly NodeProto[];
  readonly initializers: ReadonlyMap<string, TensorProto>;
  readonly inputs: readonly ValueInfoProto[];
  readonly outputs: readonly string[];
}

const STANDARD_DOMAINS = new Set(['', 'ai.onnx']);

/** Versions of the operator set that are read: those that onnxruntime 1.30 runs. */
const OPSETS = { first: 7, last: 26 };

/** Decodes an ONNX file. @throws InputError when the bytes are no whole ONNX model of a version that is read. */
export function decodeModel(bytes: Uint8Array): OnnxModel {
  const model = decodeMessage(ModelProto, bytes, 'ONNX model') as unknown as ModelMessage;
  if (!model.graph?.node.length) {
    throw new InputError(`expected an ONNX model with a graph, got ${bytes.length} bytes without one`);
  }
  const opset = model.opset_import.find(({ domain }) => STANDARD_DOMAINS.has(domain ?? ''));
  const version = toNumber(opset?.version ?? 0);
  if (!(version >= OPSETS.first && version <= OPSETS.last)) {
    throw new InputError(
      `expected ONNX operator set ${OPSETS.first} to ${OPSETS.last}, got ${version || 'none'}`,
    );
  }
  const { node, initializer, input, output } = model.graph;
  return {
    opset: version,
    nodes: node,
    initializers: new Map(initializer.map((tensor) => [tensor.name ?? '', tensor])),
    inputs: input,
    outputs: output.map(({ name }) => name),
  };
}

/** True for operators of ONNX itself, as opposed to a vendor's. */
export function isStandard({ domain }: NodeProto): boolean {
  return STANDARD_DOMAINS.has(domain);
}

/** A node's name, or that of its first output when it has none. */
export function nameOf({ name, output }: NodeProto): string {
  return name || (output[0] ?? '');
}

/** The values that a node reads, those that its branches read from outside included. */
export function inputsOf(node: NodeProto): string[] {
  const outside = node.attribute.flatMap(({ g }) => {
    const inside = new Set(g?.node.flatMap(({ output }) => output));
    for (const { name } of g?.initializer ?? []) inside.add(name ?? '');
    return (g?.node.flatMap(inputsOf) ?? []).filter((input) => !inside.has(input));
  });
  return [...node.input, ...outside].filter(Boolean);
}

interface ModelMessage {
  opset_import: { domain?: string; version?: Integer }[];
  graph?: GraphProto;
}

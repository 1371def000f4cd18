import {
  type Attribute,
  BATCH,
  FREE,
  type Graph,
  type GraphInput,
  type Node,
  OPSET,
} from '../graph/graph.js';
import type { Tensor } from '../graph/tensor.js';
import { ATTRIBUTE_TYPE, DATA_TYPE, ModelProto } from './schema.js';

const IR_VERSION = 8;

/**
 * The graph as the bytes of an ONNX model that any runtime of opset {@link OPSET} takes.
 * @param outputs types and shapes of the outputs: the standard wants them, onnxruntime finds them itself
 */
export function toOnnx(graph: Graph, outputs: readonly GraphInput[] = []): Uint8Array {
  return encode(graph, outputs, tensorProto);
}

/** A model without its large constants, and these under the file names that the model calls them by. */
export interface ModelParts {
  readonly model: Uint8Array;
  readonly externalData: { path: string; data: Uint8Array }[];
}

/** Constants of fewer bytes stay in the model. */
const SMALL = 1024;

/** The graph as a model whose large constants are not copied: a runtime in the same process reads them where they are. */
export function toOnnxParts(graph: Graph): ModelParts {
  const externalData: ModelParts['externalData'] = [];
  const model = encode(graph, [], (name, tensor) => {
    if (tensor.data.byteLength < SMALL) return tensorProto(name, tensor);
    const path = `constant${externalData.length}`;
    externalData.push({ path, data: bytesOf(tensor) });
    return {
      name,
      dims: tensor.dims,
      data_type: DATA_TYPE[tensor.type],
      data_location: EXTERNAL,
      external_data: [
        { key: 'location', value: path },
        { key: 'offset', value: '0' },
        { key: 'length', value: String(tensor.data.byteLength) },
      ],
    };
  });
  return { model, externalData };
}

/** TensorProto.DataLocation.EXTERNAL */
const EXTERNAL = 1;

function encode(
  graph: Graph,
  outputs: readonly GraphInput[],
  initializer: (name: string, tensor: Tensor) => object,
): Uint8Array {
  const typed = new Map(outputs.map((output) => [output.name, valueInfo(output)]));
  return ModelProto.encode({
    ir_version: IR_VERSION,
    producer_name: 'heatproof',
    graph: {
      name: graph.name,
      node: graph.nodes.map(nodeProto),
      initializer: [...graph.constants].map(([name, tensor]) => initializer(name, tensor)),
      input: graph.inputs.map(valueInfo),
      output: graph.outputs.map((name) => typed.get(name) ?? { name }),
    },
    opset_import: [{ domain: '', version: OPSET }],
  }).finish();
}

function nodeProto(node: Node) {
  return {
    name: node.name,
    op_type: node.op,
    input: node.inputs,
    output: node.outputs,
    attribute: Object.entries(node.attributes).map(([name, value]) => ({ name, ...attributeValue(value) })),
  };
}

function attributeValue(value: Attribute) {
  if (typeof value === 'number') return { type: ATTRIBUTE_TYPE.int, i: value };
  if (typeof value === 'string') return { type: ATTRIBUTE_TYPE.string, s: Buffer.from(value) };
  if ('float' in value) return { type: ATTRIBUTE_TYPE.float, f: value.float };
  if ('floats' in value) return { type: ATTRIBUTE_TYPE.floats, floats: value.floats };
  return { type: ATTRIBUTE_TYPE.ints, ints: value };
}

function tensorProto(name: string, tensor: Tensor) {
  return { name, dims: tensor.dims, data_type: DATA_TYPE[tensor.type], raw_data: bytesOf(tensor) };
}

function bytesOf({ data }: Tensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function valueInfo({ name, type, shape }: GraphInput) {
  const dim = shape.map((size, axis) => {
    if (size === BATCH) return { dim_param: 'batch' };
    return size === FREE ? { dim_param: `${name}:${axis}` } : { dim_value: size };
  });
  return { name, type: { tensor_type: { elem_type: DATA_TYPE[type], shape: { dim } } } };
}

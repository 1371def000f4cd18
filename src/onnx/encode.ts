import { BATCH, FREE, type Graph, type GraphInput, type Node, OPSET } from '../graph/graph.js';
import { byteLengthOf, type Tensor } from '../graph/tensor.js';
import { attributeValue } from './attributes.js';
import { DATA_LOCATION, DATA_TYPE, ModelProto } from './schema.js';

const IR_VERSION = 8;

/**
 * The graph as the bytes of an ONNX model that any runtime of opset {@link OPSET} takes.
 * @param outputs types and shapes of the outputs: the standard wants them, onnxruntime finds them itself
 */
export function toOnnx(graph: Graph, outputs: readonly GraphInput[] = []): Uint8Array {
  return encode(graph, outputs, tensorProto);
}

/** Where the bytes of a constant lie outside of its model. */
export interface Place {
  /** Name of a file, real or not. */
  readonly path: string;
  readonly offset: number;
}

/**
 * The graph as the bytes of a model without its large constants, which go to `put`, one after the other, each read when it is
 * its turn.
 * @param least bytes of a constant that is large
 * @param placed constants that lie somewhere already
 */
export function toOnnxApart(
  graph: Graph,
  least: number,
  put: (bytes: Uint8Array) => Place,
  placed: ReadonlyMap<string, Place> = new Map(),
): Uint8Array {
  return encode(graph, [], (name, tensor) => {
    const length = byteLengthOf(tensor);
    if (length < least) return tensorProto(name, tensor);
    const { path, offset } = placed.get(name) ?? put(bytesOf(tensor));
    return {
      name,
      dims: tensor.dims,
      data_type: DATA_TYPE[tensor.type],
      data_location: DATA_LOCATION.external,
      external_data: [
        { key: 'location', value: path },
        { key: 'offset', value: String(offset) },
        { key: 'length', value: String(length) },
      ],
    };
  });
}

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

import { free } from '../engine/free.js';
import type { Graph } from '../graph/graph.js';
import type { Tensor } from '../graph/tensor.js';
import type { Model } from './model.js';

/**
 * The model with its weights in shared memory, so that handing it to a worker thread copies names and shapes only. Those that it
 * was loaded with are freed: it cannot be used any more.
 */
export function shareModel(model: Model): Model {
  const { graph, embeddings } = model.network;
  const tables = embeddings?.map((one) => ({ ...one, table: shareTensor(one.table) }));
  const network = { ...model.network, graph: shareGraph(graph), ...(tables && { embeddings: tables }) };
  free(buffersOf(graph));
  return { ...model, network };
}

function shareGraph(graph: Graph): Graph {
  return {
    ...graph,
    constants: new Map([...graph.constants].map(([name, tensor]) => [name, shareTensor(tensor)])),
  };
}

function shareTensor<Own extends Tensor>(tensor: Own): Own {
  return { ...tensor, data: shareNumbers(tensor.data) };
}

/** A copy of the numbers in memory that threads share. */
export function shareNumbers<Numbers extends Tensor['data']>(data: Numbers): Numbers {
  const buffer = new SharedArrayBuffer(data.byteLength);
  new Uint8Array(buffer).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  const View = data.constructor as new (buffer: SharedArrayBuffer) => Numbers;
  return new View(buffer);
}

/** Memory of so many bytes is no part of a pool that others use, too. */
const WORTHWHILE = 2 ** 20;

function buffersOf({ constants }: Graph): Set<ArrayBuffer> {
  const buffers = [...constants.values()].map(({ data }) => data.buffer);
  return new Set(
    buffers
      .filter((buffer) => buffer instanceof ArrayBuffer)
      .filter(({ byteLength }) => byteLength >= WORTHWHILE),
  );
}

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Attribute, type Graph, logitsName } from '../../graph/graph.js';
import type { FloatTensor } from '../../graph/tensor.js';

/** Every constant starts at a multiple of the largest element. */
const ALIGNMENT = 8;

/** Writes a canonical network and a batch of inputs as network.py reads them. */
export async function writeTorchNetwork(folder: string, graph: Graph, input: FloatTensor): Promise<void> {
  const parts: Uint8Array[] = [];
  let offset = 0;
  const constants = [...graph.constants].map(([name, { type, dims, data }]) => {
    const entry = { name, type, dims, offset, count: data.length };
    const padding = -data.byteLength & (ALIGNMENT - 1);
    parts.push(bytesOf(data), new Uint8Array(padding));
    offset += data.byteLength + padding;
    return entry;
  });
  const nodes = graph.nodes.map((node) => ({
    ...node,
    attributes: Object.fromEntries(
      Object.entries(node.attributes).map(([name, value]) => [name, plain(value)]),
    ),
  }));
  const names = { input: graph.inputs[0]?.name, output: logitsName(graph) };
  await writeFile(
    join(folder, 'network.json'),
    JSON.stringify({ nodes, ...names, shape: input.dims, constants }),
  );
  await writeFile(join(folder, 'constants.bin'), parts);
  await writeFile(join(folder, 'input.bin'), bytesOf(input.data));
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function plain(value: Attribute): unknown {
  if (typeof value !== 'object') return value;
  if ('float' in value) return value.float;
  return 'floats' in value ? value.floats : value;
}

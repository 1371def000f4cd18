import { createHash } from 'node:crypto';
import type { Graph, Node } from './graph.js';
import type { Tensor } from './tensor.js';

/**
 * SHA-256, hexadecimal, of the function that a graph computes as it is written: operators, attributes, shapes and weights.
 * What values, nodes and the graph are called and the order of the nodes do not count, nor what wrote the file, so that a
 * network that is saved again has the hash it had. `tables` are what embeddings, its inputs, are looked up in.
 */
export function hashGraph(
  { inputs, outputs, nodes, constants }: Graph,
  tables: readonly Tensor[] = [],
): string {
  const values = new Map(inputs.map(({ name, type, shape }, i) => [name, digest('input', i, type, shape)]));
  const hashOf = (value: string): string => {
    const known = values.get(value);
    if (known !== undefined) return known;
    const constant = constants.get(value);
    const hash = constant ? hashTensor(constant) : digest('absent');
    values.set(value, hash);
    return hash;
  };
  for (const node of nodes) {
    const whole = digest('node', node.op, sortedAttributes(node), node.inputs.map(hashOf));
    for (const [i, output] of node.outputs.entries()) values.set(output, digest('output', whole, i));
  }
  return digest('graph', outputs.map(hashOf), ...tables.map(hashTensor));
}

function sortedAttributes({ attributes }: Node) {
  return Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
}

function hashTensor({ type, dims, data }: Tensor): string {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return createHash('sha256')
    .update(JSON.stringify(['constant', type, dims]))
    .update(bytes)
    .digest('hex');
}

function digest(...parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

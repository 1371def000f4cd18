import { describe, expect, it } from 'vitest';
import type { Graph } from '../../src/graph/graph.js';
import { hashGraph } from '../../src/graph/hash.js';
import { floatTensor } from '../../src/graph/tensor.js';
import { inception } from '../perturbation/networks.js';

/** The same function under other names, its nodes in another valid order, written by someone else. */
function renamed({ inputs, outputs, nodes, constants }: Graph): Graph {
  const names = new Map<string, string>();
  const to = (name: string) => {
    if (!names.has(name)) names.set(name, `v${names.size}`);
    return names.get(name) as string;
  };
  const placed = new Set([...inputs.map(({ name }) => name), ...constants.keys(), '']);
  const rest = nodes.toReversed();
  const ordered: typeof rest = [];
  while (rest.length > 0) {
    const next = rest.findIndex((node) => node.inputs.every((value) => placed.has(value)));
    const [node] = rest.splice(next, 1) as [(typeof rest)[number]];
    ordered.push(node);
    for (const output of node.outputs) placed.add(output);
  }
  return {
    name: 'somebody else',
    inputs: inputs.map((input) => ({ ...input, name: to(input.name) })),
    outputs: outputs.map(to),
    nodes: ordered.map((node, i) => ({
      ...node,
      name: `n${i}`,
      inputs: node.inputs.map(to),
      outputs: node.outputs.map(to),
      attributes: Object.fromEntries(Object.entries(node.attributes).toReversed()),
    })),
    constants: new Map([...constants].toReversed().map(([name, tensor]) => [to(name), tensor])),
  };
}

describe('the hash of a network', () => {
  const { graph } = inception(1);
  const hash = hashGraph(graph);

  it('does not depend on names and order', () => {
    const other = renamed(graph);
    expect(other.nodes.map(({ op }) => op)).not.toEqual(graph.nodes.map(({ op }) => op));
    expect(hashGraph(other)).toBe(hash);
  });

  it('depends on every weight, operator, attribute, edge and shape', () => {
    const [name = '', weights] = [...graph.constants].find(([, { type }]) => type === 'float32') ?? [];
    const data = Float32Array.from(weights?.data as Float32Array);
    data[0] = (data[0] as number) * (1 + 2 ** -23);
    const last = graph.nodes.length - 1;
    const edited = (at: number, change: (node: Graph['nodes'][number]) => object): Graph => ({
      ...graph,
      nodes: graph.nodes.map((node, i) => (i === at ? { ...node, ...change(node) } : node)),
    });
    const relu = graph.nodes.findIndex(({ op }) => op === 'Relu');
    const pool = graph.nodes.findIndex(({ op }) => op === 'MaxPool');
    const concat = graph.nodes.findIndex(({ op }) => op === 'Concat');
    const others: Graph[] = [
      { ...graph, constants: new Map(graph.constants).set(name, floatTensor(weights?.dims ?? [], data)) },
      edited(relu, () => ({ op: 'Sigmoid' })),
      edited(pool, ({ attributes }) => ({ attributes: { ...attributes, ceil_mode: 2 } })),
      edited(concat, ({ inputs }) => ({ inputs: inputs.toReversed() })),
      edited(last, ({ inputs: [first, ...more] }) => ({ inputs: [first, ...more.toReversed()] })),
      { ...graph, inputs: graph.inputs.map((input) => ({ ...input, shape: [...input.shape, 1] })) },
    ];
    const hashes = [hash, ...others.map((other) => hashGraph(other))];
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});

import type { Graph } from '../graph.js';

/** The graph with new names for the values (constants included) that would stand in the way; nothing else changes. */
export function withoutNames(graph: Graph, taken: ReadonlySet<string>): Graph {
  const names = [...graph.constants.keys(), ...graph.nodes.flatMap(({ outputs }) => outputs)];
  if (!names.some((name) => taken.has(name))) return graph;
  const known = new Set([...names, ...graph.inputs.map(({ name }) => name)]);
  const fresh = new Map<string, string>();
  for (const name of names) {
    if (!taken.has(name)) continue;
    let other = `${name}'`;
    while (known.has(other) || taken.has(other)) other += "'";
    known.add(other);
    fresh.set(name, other);
  }
  const rename = (name: string) => fresh.get(name) ?? name;
  return {
    ...graph,
    outputs: graph.outputs.map(rename),
    nodes: graph.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(rename),
      outputs: node.outputs.map(rename),
    })),
    constants: new Map([...graph.constants].map(([name, tensor]) => [rename(name), tensor])),
  };
}

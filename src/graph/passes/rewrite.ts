import { GraphBuilder } from '../builder.js';
import type { Graph, Node } from '../graph.js';

/**
 * The graph with some nodes written anew: `write` appends what stands for a node and returns true, or returns false and
 * the node stays. Outputs must keep their names; inputs may be added. Constants are all kept: what is compiled behind may
 * need them.
 */
export function rewriteNodes(graph: Graph, write: (builder: GraphBuilder, node: Node) => boolean): Graph {
  const builder = new GraphBuilder(graph.name, { ...graph, nodes: [] });
  for (const node of graph.nodes) builder.reserve(node);
  for (const node of graph.nodes) {
    if (!write(builder, node)) builder.append(node);
  }
  const { inputs, nodes, constants } = builder.build(graph.outputs);
  return { ...graph, inputs, nodes, constants: new Map([...graph.constants, ...constants]) };
}

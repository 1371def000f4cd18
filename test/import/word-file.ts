import { GraphBuilder } from '../../src/graph/builder.js';
import type { Graph } from '../../src/graph/graph.js';

/** An ONNX graph of any operators on integers [batch, words], both open. */
export function withInputs(
  names: readonly string[],
  write: (builder: GraphBuilder, inputs: string[]) => string,
): Graph {
  const builder = new GraphBuilder('net');
  const inputs = names.map((name) => builder.input({ name, type: 'int64', shape: [-1, -2] }));
  return builder.build([write(builder, inputs)]);
}

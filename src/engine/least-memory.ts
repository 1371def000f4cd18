import type { GraphProto, NodeProto } from '../onnx/decode.js';
import { ModelProto } from '../onnx/schema.js';

/**
 * A model that is run as it is, written so that its values need less memory; none of them changes by a bit.
 *
 * Nodes stand by depth: the runtime goes back from the outputs, and of the inputs of a node first to the one that was written last. So
 * the longest way to a node is computed first, and what a backward pass needs beside it when it is needed.
 *
 * Dimensions have no names: by these the runtime would know values of equal shape, and keep memory of one until the other comes.
 */
export function inLeastMemory(bytes: Uint8Array): Uint8Array {
  const model = ModelProto.decode(bytes);
  const { graph } = model as unknown as { graph: GraphProto };
  graph.node = byDepth(graph.node);
  for (const { type } of [...graph.input, ...graph.output])
    for (const dimension of type?.tensor_type?.shape?.dim ?? []) delete dimension.dim_param;
  return ModelProto.encode(model).finish();
}

/** Nodes by the number of nodes on the longest way to them, in their order where that is the same. */
function byDepth(nodes: readonly NodeProto[]): NodeProto[] {
  const depths = new Map<string, number>();
  const depthOf = ({ input, output }: NodeProto) => {
    const depth = 1 + Math.max(0, ...input.map((name) => depths.get(name) ?? 0));
    for (const name of output) depths.set(name, depth);
    return depth;
  };
  return nodes
    .map((node) => ({ node, depth: depthOf(node) }))
    .sort((a, b) => a.depth - b.depth)
    .map(({ node }) => node);
}

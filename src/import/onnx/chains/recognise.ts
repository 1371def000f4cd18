import { isStandard, type NodeProto, type TensorProto } from '../../../onnx/decode.js';
import { gelu, signedRoot, silu } from './activations.js';
import { FileGraph, neededFor } from './graph.js';
import { normalisation, unitLength } from './normalisations.js';
import { guarded, softmax } from './softmax.js';

const CHAINS = [normalisation, unitLength, gelu, silu, signedRoot, softmax, guarded];

/**
 * The nodes with chains of operators that are spelt out replaced by the one operator that they are: rules hold for that, and
 * none for its parts. What the chains alone needed is left out.
 */
export function recogniseChains(
  nodes: readonly NodeProto[],
  initializers: ReadonlyMap<string, TensorProto>,
  output: string,
): NodeProto[] {
  const graph = new FileGraph(nodes, initializers);
  const written = nodes.map((node) => {
    if (!isStandard(node)) return node;
    for (const chain of CHAINS) {
      const found = chain(node, graph);
      if (found) return found;
    }
    return node;
  });
  return neededFor(output, written);
}

import { neededFor } from '../../../graph/needed.js';
import { inputsOf, isStandard, type NodeProto, type TensorProto } from '../../../onnx/decode.js';
import { gelu, mish, signedRoot, silu } from './activations.js';
import { FileGraph } from './graph.js';
import { normalisation, unitLength } from './normalisations.js';
import { guarded, softmax } from './softmax.js';

const CHAINS = [normalisation, unitLength, gelu, silu, mish, signedRoot, softmax, guarded];

/**
 * The nodes with chains of operators that are spelt out replaced by the one operator that they are: rules hold for that, and
 * none for its parts. What the chains alone needed is left out; outputs that nothing reads have no name.
 */
export function recogniseChains(
  nodes: readonly NodeProto[],
  initializers: ReadonlyMap<string, TensorProto>,
  output: string,
): NodeProto[] {
  const graph = new FileGraph(nodes, initializers);
  const folded = foldedValues(nodes, initializers);
  const written = nodes.map((node) => {
    if (!isStandard(node) || node.output.some((output) => folded.has(output))) return node;
    for (const chain of CHAINS) {
      const found = chain(node, graph);
      if (found) return found;
    }
    return node;
  });
  const { items, values } = neededFor(written, [output], (node) => node.output, inputsOf);
  return items.map((node) => ({
    ...node,
    // Fields that a message leaves out lie on its prototype.
    name: node.name,
    domain: node.domain,
    output: node.output.map((name) => (values.has(name) ? name : '')),
  }));
}

/** Values that depend on no input: constants, and what is made of them and of shapes. */
function foldedValues(
  nodes: readonly NodeProto[],
  initializers: ReadonlyMap<string, TensorProto>,
): Set<string> {
  const folded = new Set(initializers.keys());
  for (const node of nodes) {
    const constant = node.op_type === 'Shape' || inputsOf(node).every((input) => folded.has(input));
    if (constant) for (const output of node.output) folded.add(output);
  }
  return folded;
}

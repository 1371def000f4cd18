import { type Graph, inputOf, prune } from '../graph/graph.js';
import { rewriteNodes } from '../graph/passes/rewrite.js';
import type { FloatTensor, Tensor } from '../graph/tensor.js';

/** Bytes of dense weights from which on a copy in every session counts. */
const LARGE = 2 ** 24;

/**
 * A graph whose large dense weights are inputs, and what to feed them with. A session copies its constants, while inputs are
 * read where they are: the weights exist once in a thread, however many sessions use them.
 */
export function feedLargeWeights(graph: Graph): { graph: Graph; fed: Readonly<Record<string, Tensor>> } {
  const inputs = new Map<string, string>();
  const fed: Record<string, Tensor> = {};
  const rewritten = rewriteNodes(graph, (builder, node) => {
    const name = inputOf(node, 1);
    const weights = graph.constants.get(name);
    if (node.op !== 'Gemm' || weights?.type !== 'float32' || weights.data.byteLength < LARGE) return false;
    const input =
      inputs.get(name) ??
      builder.input({ name: builder.unique(`${name}/fed`), type: weights.type, shape: weights.dims });
    inputs.set(name, input);
    fed[input] = unshared(weights);
    builder.append({ ...node, inputs: node.inputs.map((each, i) => (i === 1 ? input : each)) });
    return true;
  });
  return { graph: inputs.size > 0 ? prune(rewritten) : graph, fed };
}

/** By weights in memory that threads share: this thread's copy, since the runtime takes no shared memory for inputs. */
const copies = new WeakMap<Float32Array, FloatTensor>();

function unshared(tensor: FloatTensor): FloatTensor {
  const { data } = tensor;
  if (!(data.buffer instanceof SharedArrayBuffer)) return tensor;
  const copy = copies.get(data) ?? { ...tensor, data: new Float32Array(data) };
  copies.set(data, copy);
  return copy;
}

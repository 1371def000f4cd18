import type { Graph, GraphInput, Node } from '../graph/graph.js';
import { prune } from '../graph/graph.js';
import type { FloatTensor, Tensor } from '../graph/tensor.js';

/** Bytes of dense weights from which on a copy in every session counts. */
const LARGE = 2 ** 24;

/**
 * A graph whose large dense weights are inputs, and what to feed them with. A session copies its constants, while inputs are
 * read where they are: the weights exist once in a thread, however many sessions use them.
 */
export function feedLargeWeights(graph: Graph): { graph: Graph; fed: Readonly<Record<string, Tensor>> } {
  const fed: Record<string, Tensor> = {};
  const nodes = graph.nodes.map((node) => {
    const name = node.inputs[1] ?? '';
    const weights = graph.constants.get(name);
    if (node.op !== 'Gemm' || weights?.type !== 'float32' || weights.data.byteLength < LARGE) return node;
    const input = `${name}/fed`;
    fed[input] = unshared(weights);
    return { ...node, inputs: node.inputs.map((each, i) => (i === 1 ? input : each)) } satisfies Node;
  });
  if (Object.keys(fed).length === 0) return { graph, fed };
  const inputs = Object.entries(fed).map(
    ([name, { type, dims }]): GraphInput => ({ name, type, shape: dims }),
  );
  return { graph: prune({ ...graph, nodes, inputs: [...graph.inputs, ...inputs] }), fed };
}

/** By memory that threads share: this thread's copy of it, since the runtime takes no shared memory for inputs. */
const copies = new WeakMap<ArrayBufferLike, FloatTensor>();

function unshared(tensor: FloatTensor): FloatTensor {
  const { buffer } = tensor.data;
  if (!(buffer instanceof SharedArrayBuffer)) return tensor;
  const copy = copies.get(buffer) ?? { ...tensor, data: new Float32Array(tensor.data) };
  copies.set(buffer, copy);
  return copy;
}

import { type Graph, inputOf, outputOf, prune } from '../graph/graph.js';
import { rewriteNodes } from '../graph/passes/rewrite.js';
import { isLarge, largeRows } from '../graph/row-blocks.js';
import { type FloatTensor, floatTensor, type Tensor } from '../graph/tensor.js';

/**
 * A graph whose large dense weights, and blocks of their rows, are inputs, and what to feed them with. A session copies its
 * constants, while inputs are read where they are: the weights exist once in a thread, however many sessions use them, and
 * what is made of them lives as long as it is used.
 */
export function feedLargeWeights(graph: Graph): { graph: Graph; fed: Readonly<Record<string, Tensor>> } {
  const fed: Record<string, Tensor> = {};
  const rewritten = rewriteNodes(graph, (builder, node) => {
    const feed = (name: string, tensor: FloatTensor) => {
      if (!fed[name]) builder.input({ name, type: tensor.type, shape: tensor.dims });
      fed[name] ??= tensor;
    };
    const rows = largeRows(graph, node);
    if (rows) {
      feed(outputOf(node), rowsOf(unshared(rows.source), rows.from, rows.to));
      return true;
    }
    const name = inputOf(node, 1);
    const weights = graph.constants.get(name);
    if (node.op !== 'Gemm' || !isLarge(weights)) return false;
    const input = `${name}/fed`;
    feed(input, unshared(weights));
    builder.append({ ...node, inputs: node.inputs.map((each, i) => (i === 1 ? input : each)) });
    return true;
  });
  return { graph: Object.keys(fed).length > 0 ? prune(rewritten) : graph, fed };
}

function rowsOf({ dims: [, ...row], data }: FloatTensor, from: number, to: number): FloatTensor {
  const size = row.reduce((product, dim) => product * dim, 1);
  return floatTensor([to - from, ...row], data.subarray(from * size, to * size));
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

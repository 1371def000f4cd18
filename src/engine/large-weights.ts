import { type Graph, inputOf, outputOf, prune } from '../graph/graph.js';
import { rewriteNodes } from '../graph/passes/rewrite.js';
import { isLarge, largeRows } from '../graph/row-blocks.js';
import { byteLengthOf, type FloatTensor, floatTensor, sizeOf, type Tensor } from '../graph/tensor.js';
import type { Model } from './constants.js';

/** Large dense weights, or rows of them, by the names of the inputs that stand for them. */
export type LargeWeights = ReadonlyMap<string, Rows>;

export interface Rows {
  readonly source: FloatTensor;
  /** The first row. */
  readonly from: number;
  readonly dims: readonly number[];
}

/** A graph whose large dense weights, and blocks of their rows, are inputs, and what these inputs are. */
export function withoutLargeWeights(graph: Graph): { graph: Graph; weights: LargeWeights } {
  const weights = new Map<string, Rows>();
  const rewritten = rewriteNodes(graph, (builder, node) => {
    const leave = (name: string, rows: Rows) => {
      if (!weights.has(name)) builder.input({ name, type: 'float32', shape: rows.dims });
      weights.set(name, rows);
    };
    const rows = largeRows(graph, node);
    if (rows) {
      const { source, from, to } = rows;
      leave(outputOf(node), { source, from, dims: [to - from, ...source.dims.slice(1)] });
      return true;
    }
    const name = inputOf(node, 1);
    const source = graph.constants.get(name);
    if (node.op !== 'Gemm' || !isLarge(source)) return false;
    const input = `${name}/whole`;
    leave(input, { source, from: 0, dims: source.dims });
    builder.append({ ...node, inputs: node.inputs.map((each, i) => (i === 1 ? input : each)) });
    return true;
  });
  return { graph: weights.size > 0 ? prune(rewritten) : graph, weights };
}

/** Where rows begin in the bytes of all of their weights. */
export function offsetOf({ source, from }: Rows): number {
  return (from * byteLengthOf(source)) / (source.dims[0] as number);
}

/** Rows as they lie in `weights`, those of their source. */
export function tensorOf({ from, dims }: Rows, weights: Float32Array): FloatTensor {
  const start = from * sizeOf(dims.slice(1));
  return floatTensor([...dims], weights.subarray(start, start + sizeOf(dims)));
}

/** What is made of these weights is made anew at every run, and not kept where it is made twice: it takes as much memory as they do. */
const KEEPING = ['CommonSubexpressionElimination'] as const;

/** A model that is fed with large weights. @param model whose large weights are inputs */
export function fedModel(model: Model, weights: LargeWeights): Model {
  if (weights.size === 0) return model;
  return { ...model, settings: { ...model.settings, without: KEEPING }, feeds: feedsOf(weights) };
}

/**
 * What the inputs are fed with: a session copies its constants, while inputs are read where they are. So the weights exist once in a
 * thread, however many sessions use them, and what is made of them lives as long as it is used.
 */
export function feedsOf(weights: LargeWeights): Readonly<Record<string, Tensor>> {
  return Object.fromEntries(
    [...weights].map(([name, rows]) => [name, tensorOf(rows, unshared(rows.source.data))]),
  );
}

/** By weights in memory that threads share: this thread's copy, since the runtime takes no shared memory for inputs. */
const copies = new WeakMap<Float32Array, Float32Array>();

function unshared(data: Float32Array): Float32Array {
  if (!(data.buffer instanceof SharedArrayBuffer)) return data;
  const copy = copies.get(data) ?? new Float32Array(data);
  copies.set(data, copy);
  return copy;
}

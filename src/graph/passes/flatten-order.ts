import {
  constantInput,
  type Graph,
  inputOf,
  intsOf,
  type Node,
  outputOf,
  producersOf,
  prune,
  type Shape,
} from '../graph.js';
import { hasPlaces } from '../operators/linear.js';
import { traitsOf } from '../operators/table.js';
import { inferShapes } from '../shapes.js';
import { copyStrided, stridesOf } from '../strided.js';
import { type FloatTensor, floatTensor, sizeOf } from '../tensor.js';
import { rewriteNodes } from './rewrite.js';

/**
 * Networks of frameworks that put channels last flatten [batch, places..., channels], which takes a Transpose in front of
 * the Reshape. Where a dense layer reads what is flattened, its weights, and slopes of activations in front of it, are put in
 * the order of [batch, channels, places...] instead, and no Transpose is left for relevance to run through.
 */
export function flattenOrder(graph: Graph): Graph {
  const producers = producersOf(graph);
  const shapes = inferShapes(graph);
  const inOwnOrder = new Map<string, string>();
  const rewritten = rewriteNodes(graph, (builder, node) => {
    if (node.op !== 'Gemm' || hasPlaces(node)) return false;
    const flattened = flattenedBehind(inputOf(node), producers);
    const weights = constantInput(graph, node, 1);
    if (!flattened || weights?.type !== 'float32') return false;
    const { transpose } = flattened;
    const inOrder = (name: string, numbers: FloatTensor) => {
      const turned = inOrderOf(numbers, transpose, shapes.get(inputOf(transpose)) as Shape);
      return builder.constant(turned, builder.unique(`${name}.channels-first`));
    };
    const turned = inOrder(inputOf(node, 1), weights);
    const again = (one: Node, x: string) => {
      const slopes = one.op === 'PRelu' ? constantInput(graph, one, 1) : undefined;
      const others = slopes ? [inOrder(inputOf(one, 1), slopes as FloatTensor)] : one.inputs.slice(1);
      return builder.add(one.op, [x, ...others], one.attributes, `${one.name}.channels-first`);
    };
    const x = flattenedAgain(flattened, again, inOwnOrder);
    builder.append({ ...node, inputs: [x, turned, ...node.inputs.slice(2)] });
    return true;
  });
  return inOwnOrder.size > 0 ? prune(rewritten) : graph;
}

/** A Transpose, the Reshape to [batch, features] behind it, and activations behind that. */
interface Flattened {
  readonly transpose: Node;
  readonly behind: readonly Node[];
}

function flattenedBehind(value: string, producers: ReadonlyMap<string, Node>): Flattened | undefined {
  const behind: Node[] = [];
  let node = producers.get(value);
  while (node && traitsOf(node).kind === 'activation') {
    behind.unshift(node);
    node = producers.get(inputOf(node));
  }
  const transpose = node?.op === 'Reshape' ? producers.get(inputOf(node)) : undefined;
  return node && transpose?.op === 'Transpose' ? { transpose, behind: [node, ...behind] } : undefined;
}

/** Writes the same without the Transpose, each node once, and returns its output. */
function flattenedAgain(
  { transpose, behind }: Flattened,
  write: (node: Node, x: string) => string,
  written: Map<string, string>,
): string {
  return behind.reduce((x, node) => {
    const output = outputOf(node);
    const again = written.get(output) ?? write(node, x);
    written.set(output, again);
    return again;
  }, inputOf(transpose));
}

/** Weights [..., features], features in the order of what the Transpose reads, of this shape. */
function inOrderOf(weights: FloatTensor, transpose: Node, shape: Shape): FloatTensor {
  const order = intsOf(transpose, 'perm');
  const rows = weights.data.length / sizeOf(shape.slice(1));
  const given = [rows, ...order.slice(1).map((axis) => shape[axis] as number)];
  const strides = stridesOf(given);
  const dims = [given[0] as number, ...shape.slice(1)];
  const data = new Float32Array(weights.data.length);
  copyStrided(
    weights.data,
    data,
    dims,
    dims.map((_, axis) => strides[order.indexOf(axis)] as number),
  );
  return floatTensor(weights.dims, data);
}

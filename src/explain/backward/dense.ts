import { inputOf, type Node } from '../../graph/graph.js';
import { hasPlaces } from '../../graph/operators/linear.js';
import { isLarge } from '../../graph/row-blocks.js';
import type { Scope } from '../scope.js';
import { mappedWeights, weightsOf } from './mapped-weights.js';
import { IDENTITY, keyOf, scaled, type WeightMap } from './weight-maps.js';

/**
 * The product of a dense layer's mapped weights with `x`, at every place where it has such, plus a bias (the name of a constant)
 * if there is one.
 */
export function denseProduct(scope: Scope, node: Node, x: string, weights: WeightMap, bias?: string): string {
  const { builder } = scope;
  const parts = denseParts(weights).map(({ factor, map }, i) => {
    const [operand, offset] = [times(scope, x, factor), i === 0 ? bias : undefined];
    const blocks = blocksOf(scope, node, map);
    if (!blocks) return multiply(scope, node, operand, derivedWeights(scope, node, map), offset);
    const outputs = blocks.map(({ from, to, matrix }) => {
      return multiply(scope, node, operand, matrix(), offset && rowsOf(scope, offset, from, to));
    });
    return builder.add('Concat', outputs, { axis: 1 }, `${node.name}/product`);
  });
  return builder.sum(parts);
}

/** What a layer does with these weights and this bias in place of its own. */
function multiply(scope: Scope, node: Node, x: string, weights: string, bias?: string): string {
  if (hasPlaces(node)) return productAtPlaces(scope, x, weights, bias);
  const inputs = [x, weights, ...(bias ? [bias] : [])];
  return scope.builder.add(node.op, inputs, node.attributes, `${node.name}/product`);
}

/** Rows times weights [outputs, features], at every place. */
function productAtPlaces({ builder, derived }: Scope, x: string, weights: string, bias?: string): string {
  const key = `${weights}/columns`;
  const columns = derived.get(key) ?? builder.add('Transpose', [weights], { perm: [1, 0] });
  derived.set(key, columns);
  const result = builder.add('MatMul', [x, columns]);
  return bias ? builder.add('Add', [result, bias]) : result;
}

/** The product of the transposed mapped weights with `s`, which has the shape of the layer's output. */
export function transposedDense(scope: Scope, node: Node, s: string, weights: WeightMap): string {
  const { builder } = scope;
  const parts = denseParts(weights).map(({ factor, map }) => {
    const operand = times(scope, s, factor);
    const blocks = blocksOf(scope, node, map);
    if (blocks) return transposedBlocks(scope, node, operand, blocks);
    const op = hasPlaces(node) ? 'MatMul' : 'Gemm';
    return builder.add(op, [operand, derivedWeights(scope, node, map)], {}, `${node.name}/transposed`);
  });
  return builder.sum(parts);
}

/** Block on block is added to the product, as a product of the whole does it. */
function transposedBlocks({ builder }: Scope, node: Node, s: string, blocks: readonly Block[]): string {
  const sizes = builder.ints(blocks.map(({ from, to }) => to - from));
  const rows = builder.addMany('Split', [s, sizes], blocks.length, { axis: 1 });
  // onnxruntime goes back from the end, and of what an operator reads it computes first what was written last: were the matrices
  // written between the products, all would be made before the first product.
  const matrices = blocks.map(({ matrix }) => matrix());
  const inputs = rows.map((part, i) => [part, matrices[i] as string]);
  return inputs.reduce((sum, pair) => {
    return builder.add('Gemm', sum ? [...pair, sum] : pair, {}, `${node.name}/transposed`);
  }, '');
}

/** Some rows of mapped dense weights: those of outputs `from` to `to`. */
interface Block {
  readonly from: number;
  readonly to: number;
  /** Maps them, every time anew. */
  matrix(): string;
}

/**
 * Rows of a block. Engines add over so many rows at a time, whatever the matrix: products of such blocks round like that of
 * the whole.
 */
const BLOCK_ROWS = 128;

/**
 * W+ and W- of large dense weights, to be made block by block where they are multiplied: as a whole they would be two more
 * copies of the largest thing that there is. Undefined where the weights are not large, or are taken as they are.
 */
function blocksOf(scope: Scope, node: Node, weights: WeightMap): Block[] | undefined {
  const own = weightsOf(scope, node);
  const asTheyAre = weights.kind === 'ones' || keyOf(weights) === keyOf(IDENTITY);
  if (!isLarge(own) || asTheyAre || hasPlaces(node)) return undefined;
  const [rows = 0] = own.dims;
  return Array.from({ length: Math.ceil(rows / BLOCK_ROWS) }, (_, i) => {
    const [from, to] = [i * BLOCK_ROWS, Math.min(rows, (i + 1) * BLOCK_ROWS)];
    const matrix = () => mapValue(scope, rowsOf(scope, inputOf(node, 1), from, to), weights);
    return { from, to, matrix };
  });
}

/**
 * Dense weights can be hundreds of megabytes: only W, W+ and W- are ever made, and factors go to what they are
 * multiplied with, which is small.
 */
function denseParts(weights: WeightMap): { factor: number; map: WeightMap }[] {
  if (weights.kind !== 'scaled') return [{ factor: 1, map: weights }];
  const { positive, negative } = weights;
  if (positive === negative) return [{ factor: positive, map: IDENTITY }];
  if (negative === 0) return [{ factor: positive, map: scaled(1, 0) }];
  if (positive === 0) return [{ factor: negative, map: scaled(0, 1) }];
  const more = Math.abs(positive) > Math.abs(negative) ? scaled(1, 0) : scaled(0, 1);
  const common = more.positive === 1 ? negative : positive;
  return [
    { factor: common, map: IDENTITY },
    { factor: positive + negative - 2 * common, map: more },
  ];
}

/** Rows of a constant. */
function rowsOf({ builder, derived }: Scope, constant: string, from: number, to: number): string {
  const key = `${constant}[${from}:${to}]`;
  const bounds = [[from], [to], [0]].map((values) => builder.ints(values));
  const rows = derived.get(key) ?? builder.add('Slice', [constant, ...bounds], {}, key);
  derived.set(key, rows);
  return rows;
}

function times({ calc }: Scope, value: string, factor: number): string {
  return factor === 1 ? value : calc.mul(value, factor);
}

/** Mapped dense weights, made from the layer's own when the model is loaded: the model file holds them once. */
function derivedWeights(scope: Scope, node: Node, weights: WeightMap): string {
  const { derived } = scope;
  const source = inputOf(node, 1);
  const key = `${source}(${keyOf(weights)})`;
  const known = derived.get(key);
  if (known) return known;
  const value =
    weights.kind === 'ones' ? mappedWeights(scope, node, weights) : mapValue(scope, source, weights);
  derived.set(key, value);
  return value;
}

/** Squares of weights, the positive ones, the negative ones, or all as they are. */
function mapValue({ calc }: Scope, source: string, weights: WeightMap): string {
  if (weights.kind !== 'scaled') return calc.mul(source, source);
  if (weights.positive === 1 && weights.negative === 1) return source;
  return weights.negative === 0 ? calc.positive(source) : calc.negative(source);
}

import { consumersOf, type Graph, type Node, outputOf, producersOf } from '../../graph/graph.js';
import { movedNumbers } from '../../graph/moved-numbers.js';
import { traitsOf } from '../../graph/operators/table.js';
import { copyStrided, repeatingStrides } from '../../graph/strided.js';
import { type FloatTensor, floatTensor, sizeOf } from '../../graph/tensor.js';
import { type Scope, shapeOf } from '../scope.js';

/** A constant in a sum, and what it is to the network. */
export interface Summand {
  readonly by: 'class token' | 'positions' | 'bias or mask of scores' | 'summand';
  readonly constant: FloatTensor;
}

/**
 * The constants of a sum, by what they are: tokens that stand where nothing computed does (their positions with them), what is
 * added to the scores of a softmax, what differs from place to place, or else a summand.
 */
export function summandsOf(scope: Scope, node: Node): Summand[] {
  const { graph } = scope;
  const name = node.inputs.find((input) => graph.constants.has(input));
  const value = node.inputs.find((input) => !graph.constants.has(input));
  if (name === undefined || value === undefined) return [];
  const [, ...sample] = shapeOf(scope, outputOf(node));
  const constant = graph.constants.get(name) as FloatTensor;
  const numbers = new Float32Array(sizeOf(sample));
  copyStrided(constant.data, numbers, sample, repeatingStrides(constant.dims, [1, ...sample]).slice(1));
  const filled = madeOfInputs(scope, value);
  const part = (by: Summand['by'], keeps: (i: number) => boolean): Summand[] => {
    const data = numbers.map((number, i) => (keeps(i) ? number : 0));
    return data.some((number) => number !== 0) ? [{ by, constant: floatTensor([1, ...sample], data) }] : [];
  };
  const rest = isOfScores(graph, node)
    ? 'bias or mask of scores'
    : varies(constant.dims)
      ? 'positions'
      : 'summand';
  return [...part('class token', (i) => filled?.[i] === 0), ...part(rest, (i) => filled?.[i] !== 0)];
}

/** 1 where a value is made of what is computed, 0 where it is padding; undefined where it is no moved value. */
function madeOfInputs(scope: Scope, value: string): Float64Array | undefined {
  const { graph, shapes } = scope;
  const node = producersOf(graph).get(value);
  const computed = node?.inputs.filter((input) => !graph.constants.has(input)) ?? [];
  if (!node || (traitsOf(node).kind !== 'move' && !(node.op === 'Add' && computed.length === 1)))
    return undefined;
  const ones = (input: string) => new Float64Array(sizeOf(shapeOf(scope, input).slice(1))).fill(1);
  const parts = computed.map((input) => madeOfInputs(scope, input) ?? ones(input));
  return node.op === 'Add' ? parts[0] : movedNumbers(graph, shapes, node, parts, 0);
}

/** Whether nothing but a softmax reads the sum, scaled or moved. */
function isOfScores(graph: Graph, node: Node): boolean {
  const readers = consumersOf(graph).get(outputOf(node)) ?? [];
  const passes = (reader: Node) =>
    ['move', 'sum', 'product'].includes(traitsOf(reader).kind) && reader.op !== 'MatMul';
  return (
    readers.length > 0 &&
    readers.every((reader) => reader.op === 'Softmax' || (passes(reader) && isOfScores(graph, reader)))
  );
}

/** Whether a constant differs along more axes than one. */
function varies(dims: readonly number[]): boolean {
  return dims.filter((dim) => dim > 1).length > 1;
}

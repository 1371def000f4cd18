import { inputOf, type Node, outputOf } from '../../graph/graph.js';
import { intTensor, sizeOf } from '../../graph/tensor.js';
import { type Propagate, type Relevance, type Scope, shapeOf } from '../scope.js';
import { byComparison, comparable } from './max-pool-comparison.js';

/** Max pooling: everything to the winner, the first one of equals; where windows overlap, shares add up. */
export const maxPoolWinner: Propagate = (scope, node, received) => {
  const input = inputOf(node);
  const relevance = withoutDead(scope, node, received);
  const map = comparable(scope, node, relevance)
    ? byComparison(scope, node, relevance.map)
    : byIndices(scope, node, relevance.map);
  return [{ input, map, support: relevance.support }];
};

/** A gradient that would end at the zeros of a ReLU before the pool ends here, where there are fewer numbers. */
function withoutDead(scope: Scope, node: Node, relevance: Relevance): Relevance {
  const [input, output] = [inputOf(node), outputOf(node)];
  const shrinks = sizeOf(shapeOf(scope, output).slice(1)) < sizeOf(shapeOf(scope, input).slice(1));
  if (relevance.support !== 'anywhere' || !scope.deadZeros.has(input) || !shrinks) return relevance;
  return { map: scope.calc.mul(relevance.map, scope.calc.step(output)), support: 'positive' };
}

/**
 * With the positions of the winners, which runtimes find one number at a time. They count from the start of the batch;
 * counted from the start of each sample, the result keeps a shape that runtimes know to be that of the input.
 */
function byIndices(scope: Scope, node: Node, map: string): string {
  const { builder } = scope;
  const input = inputOf(node);
  const [, ...dims] = shapeOf(scope, input);
  const [, winners = ''] = builder.addMany('MaxPool', [input], 2, node.attributes, `${node.name}/winners`);
  const rows = (value: string) => builder.add('Reshape', [value, builder.ints([0, -1])]);
  const size = sizeOf(dims);
  const zeros = zeroRows(scope, rows(input), size);
  const places = builder.add('Sub', [rows(winners), sampleStarts(scope, input, size)]);
  const attributes = { axis: 1, reduction: 'add' };
  const sum = builder.add('ScatterElements', [zeros, places, rows(map)], attributes);
  return builder.add('Reshape', [sum, builder.ints([0, ...dims])]);
}

/** Zeros for every sample, [batch, size]: padding around nothing, whose shape runtimes know. */
function zeroRows({ builder }: Scope, rows: string, size: number): string {
  const [none, first] = [builder.ints([0]), builder.ints([1])];
  const empty = builder.add('Slice', [rows, none, none, first]);
  return builder.add('Pad', [empty, builder.ints([0, 0, 0, size])]);
}

/** Where each sample starts among the numbers of the batch, [batch, 1]: 0, size, 2 size... */
function sampleStarts({ builder }: Scope, input: string, size: number): string {
  const scalar = (value: number) => builder.constant(intTensor([], [value]), `int:${value}`);
  const count = builder.add('Squeeze', [builder.add('Shape', [input], { start: 0, end: 1 })]);
  const end = builder.add('Mul', [count, scalar(size)]);
  return builder.add('Unsqueeze', [builder.add('Range', [scalar(0), end, scalar(size)]), builder.ints([1])]);
}

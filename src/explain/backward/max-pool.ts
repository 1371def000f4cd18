import { inputOf, intsOf, type Node, outputOf } from '../../graph/graph.js';
import { floatTensor, intTensor, sizeOf } from '../../graph/tensor.js';
import { type Propagate, type Relevance, type Scope, shapeOf } from '../scope.js';

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

/**
 * Whether {@link byComparison} may be used and pays: windows that move by one over channels in whole vectors, and
 * nothing below zero, so that zero padding can only tie with windows of zeros, which carry no relevance, or a gradient
 * that ends there.
 */
function comparable(scope: Scope, node: Node, { support }: Relevance): boolean {
  const input = inputOf(node);
  const ones = ['strides', ...(node.attributes.dilations ? ['dilations'] : [])];
  return (
    scope.nonNegative.has(input) &&
    (support !== 'anywhere' || scope.deadZeros.has(input)) &&
    ones.every((attribute) => intsOf(node, attribute).every((size) => size === 1)) &&
    (shapeOf(scope, input)[1] as number) % 16 === 0
  );
}

/**
 * By comparing each tap of the window with the maximum, axis by axis: among the rows' maxima the first that equals the
 * window's wins, and in that row the first number that equals the row's. Shifts and comparisons are written as depthwise
 * convolutions, which runtimes do in the layout of the convolutions around them: three times as fast as by indices.
 */
function byComparison(scope: Scope, node: Node, map: string): string {
  const input = inputOf(node);
  const axes = intsOf(node, 'kernel_shape').length;
  if (axes === 1) return alongAxis(scope, node, 0, input, outputOf(node), map);
  const row = scope.builder.add('MaxPool', [input], onlyAxis(node, 1), `${node.name}/rows`);
  return alongAxis(scope, node, 1, input, row, alongAxis(scope, node, 0, row, outputOf(node), map));
}

/** The attributes of a window that moves like the pool's along one axis and is one number wide on the other. */
function onlyAxis(node: Node, axis: number) {
  const kernel = intsOf(node, 'kernel_shape');
  const along = (values: readonly number[], other: number) =>
    values.map((value, i) => (i % kernel.length === axis ? value : other));
  return {
    kernel_shape: along(kernel, 1),
    strides: kernel.map(() => 1),
    pads: along(intsOf(node, 'pads'), 0),
  };
}

/** Hands the relevance of the maxima `top` of windows along one axis to the first numbers of `x` that equal them. */
function alongAxis(scope: Scope, node: Node, axis: number, x: string, top: string, map: string): string {
  const { builder, calc } = scope;
  const window = onlyAxis(node, axis);
  const taps = window.kernel_shape[axis] as number;
  const [channels = 0] = shapeOf(scope, inputOf(node)).slice(1);
  const depthwise = (value: string, weights: readonly number[], attributes: object, bias: number[] = []) => {
    const constant = (dims: number[], numbers: readonly number[], key: string) =>
      builder.constant(() => {
        const data = Float32Array.from({ length: channels * numbers.length }, (_, i) => numbers[i % numbers.length] as number); // biome-ignore format: one line
        return floatTensor(dims, data);
      }, `${key}:${dims}:${numbers}`);
    const kernel = weights.length === 1 ? window.kernel_shape.map(() => 1) : window.kernel_shape;
    const inputs = [value, constant([channels, 1, ...kernel], weights, 'taps')];
    if (bias.length > 0) inputs.push(constant([channels], bias, 'bias'));
    const sizes = { kernel_shape: kernel, dilations: kernel.map(() => 1), group: channels };
    return builder.add('Conv', inputs, { ...window, ...attributes, ...sizes });
  };
  const still = { pads: window.pads.map(() => 0) };
  const back = {
    pads: window.pads.map((pad, i) => (i % (window.pads.length / 2) === axis ? taps - 1 - pad : 0)),
  };
  const only = (tap: number, value: number) =>
    Array.from({ length: taps }, (_, i) => (i === tap ? value : 0));

  let left = map;
  const shares: string[] = [];
  for (let tap = 0; tap < taps - 1; tap++) {
    const distance = calc.add(depthwise(x, only(tap, -1), {}), top);
    // 1 where the distance is 0, else 0.
    const equal = calc.positive(depthwise(distance, [-(2 ** 100)], still, [1]));
    const taken = calc.mul(left, equal);
    left = calc.add(depthwise(taken, [-1], still), left);
    shares.push(depthwise(taken, only(taps - 1 - tap, 1), back));
  }
  shares.push(depthwise(left, only(0, 1), back));
  return builder.sum(shares);
}

import { type InputError, mismatch } from '../errors.js';
import { windowGeometry } from './geometry.js';
import { BATCH, type Graph, inputOf, intOf, intsOf, type Node, type Shape } from './graph.js';
import { sizeOf, type Tensor, toInts } from './tensor.js';

/** What shape inference sees of the graph around a node. */
export interface ShapeContext {
  /** Shape of a computed value or constant. */
  shape(value: string): Shape;
  constant(value: string): Tensor | undefined;
}

/**
 * Shapes of the inputs and of every computed value of a canonical graph; dimension 0 is BATCH.
 * @throws InputError when an operator's inputs do not fit together, or an operator is not canonical.
 */
export function inferShapes(graph: Graph): Map<string, Shape> {
  const shapes = new Map<string, Shape>(graph.inputs.map(({ name, shape }) => [name, shape]));
  const context: ShapeContext = {
    shape(value) {
      const shape = shapes.get(value) ?? graph.constants.get(value)?.dims;
      if (!shape) throw new Error(`value '${value}' is read before it is computed`);
      return shape;
    },
    constant: (value) => graph.constants.get(value),
  };
  for (const node of graph.nodes) shapes.set(node.outputs[0] as string, outputShape(node, context));
  return shapes;
}

/** The shape of a canonical node's output. */
export function outputShape(node: Node, context: ShapeContext): Shape {
  const rule = Object.hasOwn(RULES, node.op) ? RULES[node.op] : undefined;
  if (!rule) {
    throw mismatch({
      what: 'operator',
      where: node.name,
      expected: Object.keys(RULES).join(' '),
      got: node.op,
    });
  }
  return rule(node, context);
}

type ShapeRule = (node: Node, context: ShapeContext) => Shape;

const unchanged: ShapeRule = (node, { shape }) => shape(inputOf(node));

const RULES: Readonly<Record<string, ShapeRule>> = {
  Conv: convShape,
  Gemm: gemmShape,
  MaxPool: poolShape,
  AveragePool: poolShape,
  Relu: unchanged,
  LeakyRelu: unchanged,
  Clip: unchanged,
  Sigmoid: unchanged,
  Tanh: unchanged,
  HardSigmoid: unchanged,
  HardSwish: unchanged,
  Elu: unchanged,
  Softmax: unchanged,
  LRN: unchanged,
  BatchNormalization: batchNormShape,
  Add: broadcastShape,
  Sub: broadcastShape,
  Mul: broadcastShape,
  Max: broadcastShape,
  Concat: concatShape,
  Reshape: reshapeShape,
  Transpose: transposeShape,
  Slice: sliceShape,
  Pad: padShape,
};

function convShape(node: Node, { shape }: ShapeContext): Shape {
  const [batch, channels, ...spatial] = shape(inputOf(node));
  const [filters = 0, channelsOfGroup = 0, ...kernel] = shape(inputOf(node, 1));
  const group = intOf(node, 'group', 1);
  const taps = intsOf(node, 'kernel_shape');
  const fits = channels === channelsOfGroup * group && filters % group === 0 && `${kernel}` === `${taps}`;
  if (!fits) {
    throw wrong(node, 'weights', `[filters, ${channels} / group ${group}, ${taps}]`, shape(inputOf(node, 1)));
  }
  checkBias(node, filters, shape);
  return [batch as number, filters, ...windowGeometry(node, spatial).output];
}

function gemmShape(node: Node, { shape }: ShapeContext): Shape {
  const input = shape(inputOf(node));
  const weights = shape(inputOf(node, 1));
  const [outputs, features] = weights;
  if (input.length !== 2) throw wrong(node, 'input', '[batch, features]', input);
  if (weights.length !== 2 || features !== input[1]) {
    throw wrong(node, 'weights', `[outputs, ${input[1]}]`, weights);
  }
  checkBias(node, outputs as number, shape);
  return [input[0] as number, outputs as number];
}

function checkBias(node: Node, outputs: number, shape: ShapeContext['shape']): void {
  const bias = inputOf(node, 2);
  if (bias && `${shape(bias)}` !== `${outputs}`) throw wrong(node, 'bias', `[${outputs}]`, shape(bias));
}

function poolShape(node: Node, { shape }: ShapeContext): Shape {
  const [batch, channels, ...spatial] = shape(inputOf(node));
  return [batch as number, channels as number, ...windowGeometry(node, spatial).output];
}

function batchNormShape(node: Node, { shape }: ShapeContext): Shape {
  const input = shape(inputOf(node));
  for (const parameter of node.inputs.slice(1)) {
    if (`${shape(parameter)}` !== `${input[1]}`) {
      throw wrong(node, 'parameters', `[${input[1]}]`, shape(parameter));
    }
  }
  return input;
}

/** Numpy's rule: axes are aligned from the right, and an axis of size 1 repeats. */
function broadcastShape(node: Node, { shape }: ShapeContext): Shape {
  const [first = [], ...rest] = node.inputs.map(shape);
  return rest.reduce((a, b) => {
    const rank = Math.max(a.length, b.length);
    return Array.from({ length: rank }, (_, axis) => {
      const left = a[axis - rank + a.length] ?? 1;
      const right = b[axis - rank + b.length] ?? 1;
      if (left !== right && left !== 1 && right !== 1) throw wrong(node, 'second operand', show(a), b);
      return left === 1 ? right : left;
    });
  }, first);
}

function concatShape(node: Node, { shape }: ShapeContext): Shape {
  const axis = intOf(node, 'axis', 1);
  const shapes = node.inputs.map(shape);
  const first = shapes[0] as Shape;
  for (const other of shapes) {
    const alike = other.length === first.length && other.every((dim, i) => i === axis || dim === first[i]);
    if (!alike) throw wrong(node, 'input', `${show(first)} but for axis ${axis}`, other);
  }
  return first.map((dim, i) =>
    i === axis ? shapes.reduce((sum, other) => sum + (other[axis] as number), 0) : dim,
  );
}

function reshapeShape(node: Node, { shape, constant }: ShapeContext): Shape {
  const [batch, ...from] = shape(inputOf(node));
  const [keep, ...to] = intConstant(node, 1, constant);
  if (keep !== 0 || sizeOf(to) !== sizeOf(from)) {
    throw wrong(node, 'shape', `[0, dimensions of ${sizeOf(from)} numbers]`, [keep ?? Number.NaN, ...to]);
  }
  return [batch as number, ...to];
}

function transposeShape(node: Node, { shape }: ShapeContext): Shape {
  const input = shape(inputOf(node));
  const order = intsOf(node, 'perm');
  const permutes = order.length === input.length && new Set(order).size === order.length;
  if (!permutes || order[0] !== 0 || order.some((axis) => input[axis] === undefined)) {
    throw wrong(node, 'order', `a permutation of ${input.length} axes that keeps the batch first`, order);
  }
  return order.map((axis) => input[axis] as number);
}

function sliceShape(node: Node, { shape, constant }: ShapeContext): Shape {
  const [starts, ends, axes, steps] = [1, 2, 3, 4].map((i) => intConstant(node, i, constant)) as [
    number[],
    number[],
    number[],
    number[],
  ];
  const result = [...shape(inputOf(node))];
  for (const [i, axis] of axes.entries()) {
    const [start = 0, end = 0, step = 1] = [starts[i], ends[i], steps[i]];
    const size = result[axis] ?? 0;
    if (axis < 1 || start < 0 || end > size || step < 1 || start >= end) {
      throw wrong(node, `slice of axis ${axis}`, `0 <= start < end <= ${size}`, [start, end, step]);
    }
    result[axis] = Math.ceil((end - start) / step);
  }
  return result;
}

function padShape(node: Node, { shape, constant }: ShapeContext): Shape {
  const input = shape(inputOf(node));
  const pads = intConstant(node, 1, constant);
  const result = input.map((dim, i) =>
    i === 0 ? dim : dim + (pads[i] ?? 0) + (pads[i + input.length] ?? 0),
  );
  const keepsBatch = pads[0] === 0 && pads[input.length] === 0;
  if (pads.length !== 2 * input.length || !keepsBatch || result.slice(1).some((dim) => dim < 1)) {
    throw wrong(node, 'pads', `two for each axis of ${show(input)}, none on the batch`, pads);
  }
  return result;
}

function intConstant(node: Node, index: number, constant: ShapeContext['constant']): number[] {
  const tensor = constant(inputOf(node, index));
  if (tensor?.type !== 'int64')
    throw new Error(`${node.op} '${node.name}': input ${index} is no int64 constant`);
  return toInts(tensor);
}

function wrong(node: Node, what: string, expected: string, got: readonly number[]): InputError {
  return mismatch({ what: `${what} of ${node.op}`, where: node.name, expected, got: show(got) });
}

/** A shape as users read it: [batch, 3, 224, 224]. */
export function show(shape: readonly number[]): string {
  return `[${shape.map((dim) => (dim === BATCH ? 'batch' : dim)).join(', ')}]`;
}

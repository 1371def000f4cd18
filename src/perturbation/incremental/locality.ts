import { windowGeometry } from '../../graph/geometry.js';
import {
  constantInput,
  type Graph,
  inputOf,
  intOf,
  intsOf,
  type Node,
  outputOf,
  type Shape,
} from '../../graph/graph.js';
import { type Tensor, toInts } from '../../graph/tensor.js';
import { type AxisWindow, NO_AXIS } from './axes.js';

/**
 * What an output position of an operator reads: the same position of every operand, a window of its one operand, or
 * anything. `maps` are the constant operands that vary over space; `inside` is the operator for a window that was cut out
 * with its padding.
 */
export type Locality =
  | { readonly kind: 'pointwise'; readonly maps: readonly string[] }
  | { readonly kind: 'window'; readonly axes: Plane; readonly padding: Padding; readonly inside: Node }
  | { readonly kind: 'global' };

/** Height and width; a signal has height 1. */
export type Plane = readonly [AxisWindow, AxisWindow];

/** What lies beyond the border: zeros, or what never wins in max pooling. */
export type Padding = 'zero' | 'lowest';

const POINTWISE: Locality = { kind: 'pointwise', maps: [] };
const GLOBAL: Locality = { kind: 'global' };

type Rule = (node: Node, graph: Graph, shapes: ReadonlyMap<string, Shape>) => Locality;

const pointwise: Rule = () => POINTWISE;
/** Concat, Softmax...: pointwise along channels only. */
const alongChannels =
  (defaultAxis: number): Rule =>
  (node) =>
    intOf(node, 'axis', defaultAxis) === 1 ? POINTWISE : GLOBAL;

const RULES: Readonly<Record<string, Rule>> = {
  Relu: pointwise,
  LeakyRelu: pointwise,
  Clip: pointwise,
  Sigmoid: pointwise,
  Tanh: pointwise,
  HardSigmoid: pointwise,
  HardSwish: pointwise,
  Elu: pointwise,
  LRN: pointwise,
  BatchNormalization: pointwise,
  Add: elementwise,
  Sub: elementwise,
  Mul: elementwise,
  Max: elementwise,
  Concat: alongChannels(1),
  Softmax: alongChannels(-1),
  Conv: sliding('zero'),
  MaxPool: sliding('lowest'),
  AveragePool: sliding('zero'),
  Slice: slicing,
  Pad: padding,
};

/** The locality of a node of a canonical graph whose average pools count their padding. */
export function localityOf(node: Node, graph: Graph, shapes: ReadonlyMap<string, Shape>): Locality {
  const ranks = [inputOf(node), outputOf(node)].map((value) => shapes.get(value)?.length ?? 0);
  if (ranks.some((rank) => rank !== 3 && rank !== 4)) return GLOBAL;
  return (RULES[node.op] ?? (() => GLOBAL))(node, graph, shapes);
}

/** Operands must have the output's spatial size; constants may also be the same everywhere. */
function elementwise(node: Node, graph: Graph, shapes: ReadonlyMap<string, Shape>): Locality {
  const spatial = (shapes.get(outputOf(node)) as Shape).slice(2);
  const full = (dims: readonly number[]) => `${dims}` === `${spatial}`;
  const constants = node.inputs.filter((name) => graph.constants.has(name));
  const maps = constants.filter((name) => full(spatialOf(graph, name, spatial.length)));
  const flat = constants.filter((name) => spatialOf(graph, name, spatial.length).every((size) => size === 1));
  const computed = node.inputs.filter((name) => full(shapes.get(name)?.slice(2) ?? []));
  const known = new Set([...maps, ...flat, ...computed]);
  return node.inputs.every((name) => known.has(name))
    ? { kind: 'pointwise', maps: maps.filter((name) => !flat.includes(name)) }
    : GLOBAL;
}

/** The spatial dimensions of a constant that is broadcast against a value with `axes` spatial axes. */
function spatialOf(graph: Graph, name: string, axes: number): number[] {
  const dims = graph.constants.get(name)?.dims ?? [];
  return Array.from({ length: axes }, (_, axis) => dims[dims.length - axes + axis] ?? 1);
}

function sliding(padding: Padding): Rule {
  return (node, _, shapes) => {
    const spatial = (shapes.get(inputOf(node)) as Shape).slice(2);
    const { kernel, strides, padsBegin, padsEnd, dilations, output } = windowGeometry(node, spatial);
    const still = [...padsBegin, ...padsEnd].every((pad) => pad === 0);
    if (node.op === 'Conv' && still && [...kernel, ...strides].every((size) => size === 1)) return POINTWISE;
    const axes = spatial.map((input, axis) => ({
      kernel: kernel[axis] as number,
      stride: strides[axis] as number,
      pad: padsBegin[axis] as number,
      dilation: dilations[axis] as number,
      input,
      output: output[axis] as number,
    }));
    const pads = intsOf(node, 'pads').map(() => 0);
    const inside = { ...node, attributes: { ...node.attributes, pads } };
    return { kind: 'window', axes: plane(axes), padding, inside };
  };
}

/** A slice of space reads one input an output. */
function slicing(node: Node, graph: Graph, shapes: ReadonlyMap<string, Shape>): Locality {
  const [starts, , axes, steps] = [1, 2, 3, 4].map((i) => intsOfConstant(graph, node, i)) as number[][];
  if (axes?.every((axis) => axis === 1)) return POINTWISE;
  if (axes?.some((axis) => axis < 2)) return GLOBAL;
  return moved(node, shapes, (axis) => {
    const i = axes?.indexOf(axis) ?? -1;
    return { stride: steps?.[i] ?? 1, pad: -(starts?.[i] ?? 0) };
  });
}

function padding(node: Node, graph: Graph, shapes: ReadonlyMap<string, Shape>): Locality {
  const pads = intsOfConstant(graph, node, 1);
  const rank = pads.length / 2;
  const padded = (axis: number) => pads[axis] !== 0 || pads[axis + rank] !== 0;
  const spatial = Array.from({ length: rank - 2 }, (_, axis) => axis + 2);
  if (!spatial.some(padded)) return POINTWISE;
  if (padded(1)) return GLOBAL;
  return moved(node, shapes, (axis) => ({ stride: 1, pad: pads[axis] as number }));
}

/** Outputs that copy one input each, at other places. */
function moved(
  node: Node,
  shapes: ReadonlyMap<string, Shape>,
  place: (axis: number) => { stride: number; pad: number },
): Locality {
  const [input, output] = [inputOf(node), outputOf(node)].map((value) => shapes.get(value) as Shape);
  const axes = (input as Shape).slice(2).map((size, i) => ({
    ...NO_AXIS,
    ...place(i + 2),
    input: size,
    output: output?.[i + 2] as number,
  }));
  // Pooling over single inputs copies every stride-th one.
  const all = (value: number) => axes.map(() => value);
  const strides = axes.map(({ stride }) => stride);
  const attributes = { kernel_shape: all(1), strides, pads: [...all(0), ...all(0)], dilations: all(1) };
  const inside = { ...node, op: 'MaxPool', inputs: node.inputs.slice(0, 1), attributes };
  return { kind: 'window', axes: plane(axes), padding: 'zero', inside };
}

function intsOfConstant(graph: Graph, node: Node, index: number): number[] {
  return toInts(constantInput(graph, node, index) as Tensor);
}

function plane(axes: readonly AxisWindow[]): Plane {
  return axes.length === 2 ? (axes as unknown as Plane) : [NO_AXIS, axes[0] as AxisWindow];
}

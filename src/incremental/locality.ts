import { windowGeometry } from '../graph/geometry.js';
import { type Graph, inputOf, intOf, intsOf, type Node, outputOf, type Shape } from '../graph/graph.js';
import { traitsOf } from '../graph/operators/table.js';
import type { Padding, Shift } from '../graph/operators/traits.js';
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

const POINTWISE: Locality = { kind: 'pointwise', maps: [] };
const GLOBAL: Locality = { kind: 'global' };

/** The locality of a node of a canonical graph. */
export function localityOf(node: Node, graph: Graph, shapes: ReadonlyMap<string, Shape>): Locality {
  const ranks = [inputOf(node), outputOf(node)].map((value) => shapes.get(value)?.length ?? 0);
  if (ranks.some((rank) => rank !== 3 && rank !== 4)) return GLOBAL;
  const { reads } = traitsOf(node);
  switch (reads.kind) {
    case 'element':
      return elementwise(node, graph, shapes);
    case 'axis':
      return intOf(node, 'axis', reads.fallback) === 1 ? POINTWISE : GLOBAL;
    case 'window':
      return sliding(node, shapes, reads.padding);
    case 'shift':
      return shifted(node, shapes, reads.shifts(node, graph));
    case 'all':
      return GLOBAL;
  }
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
  return node.inputs.every((name) => name === '' || known.has(name))
    ? { kind: 'pointwise', maps: maps.filter((name) => !flat.includes(name)) }
    : GLOBAL;
}

/** The spatial dimensions of a constant that is broadcast against a value with `axes` spatial axes. */
function spatialOf(graph: Graph, name: string, axes: number): number[] {
  const dims = graph.constants.get(name)?.dims ?? [];
  return Array.from({ length: axes }, (_, axis) => dims[dims.length - axes + axis] ?? 1);
}

function sliding(node: Node, shapes: ReadonlyMap<string, Shape>, padding: Padding): Locality {
  const spatial = (shapes.get(inputOf(node)) as Shape).slice(2);
  const { kernel, strides, padsBegin, padsEnd, dilations, output } = windowGeometry(node, spatial);
  const still = [...padsBegin, ...padsEnd].every((pad) => pad === 0);
  if (still && [...kernel, ...strides].every((size) => size === 1)) return POINTWISE;
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
}

/** Outputs that copy one input each, at other places or other channels. */
function shifted(
  node: Node,
  shapes: ReadonlyMap<string, Shape>,
  shifts: ReadonlyMap<number, Shift>,
): Locality {
  const axes = [...shifts.keys()];
  if (axes.every((axis) => axis === 1)) return POINTWISE;
  if (axes.includes(1)) return GLOBAL;
  const [input, output] = [inputOf(node), outputOf(node)].map((value) => shapes.get(value) as Shape);
  const windows = (input as Shape).slice(2).map((size, i) => {
    const { start, step } = shifts.get(i + 2) ?? { start: 0, step: 1 };
    return { ...NO_AXIS, stride: step, pad: -start, input: size, output: output?.[i + 2] as number };
  });
  // Pooling over single inputs copies every stride-th one.
  const all = (value: number) => windows.map(() => value);
  const strides = windows.map(({ stride }) => stride);
  const attributes = { kernel_shape: all(1), strides, pads: [...all(0), ...all(0)], dilations: all(1) };
  const inside = { ...node, op: 'MaxPool', inputs: node.inputs.slice(0, 1), attributes };
  return { kind: 'window', axes: plane(windows), padding: 'zero', inside };
}

function plane(axes: readonly AxisWindow[]): Plane {
  return axes.length === 2 ? (axes as unknown as Plane) : [NO_AXIS, axes[0] as AxisWindow];
}

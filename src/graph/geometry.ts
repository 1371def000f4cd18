import { mismatch } from '../errors.js';
import { intsOf, type Node } from './graph.js';

/** How a window slides over the spatial axes of a convolution or pool; every list has one entry an axis (1-D or 2-D). */
export interface WindowGeometry {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly padsBegin: readonly number[];
  readonly padsEnd: readonly number[];
  readonly dilations: readonly number[];
  /** Spatial size of what the window slides over, without padding. */
  readonly input: readonly number[];
  /** Number of window positions. */
  readonly output: readonly number[];
}

/**
 * The geometry of a canonical Conv, MaxPool or AveragePool over an input of the given spatial size.
 * Output position o of an axis reads the inputs o * stride - padBegin + k * dilation, k = 0 .. kernel - 1.
 * @throws InputError when the window has not one entry an axis, or does not fit into the padded input.
 */
export function windowGeometry(node: Node, inputSpatial: readonly number[]): WindowGeometry {
  const kernel = intsOf(node, 'kernel_shape');
  const strides = intsOf(node, 'strides');
  const pads = intsOf(node, 'pads');
  const dilations = node.attributes.dilations ? intsOf(node, 'dilations') : kernel.map(() => 1);
  const axes = inputSpatial.length;
  const rightLengths = [kernel, strides, dilations].every(({ length }) => length === axes);
  if (!rightLengths || pads.length !== 2 * axes) {
    throw mismatch({
      what: `${node.op} window`,
      where: node.name,
      expected: `one entry for each of ${axes} spatial axes`,
      got: `kernel [${kernel}], strides [${strides}], pads [${pads}], dilations [${dilations}]`,
    });
  }
  const padsBegin = pads.slice(0, axes);
  const padsEnd = pads.slice(axes);
  const output = inputSpatial.map((size, axis) => {
    const padded = size + at(padsBegin, axis) + at(padsEnd, axis);
    return windowCount(padded, at(kernel, axis), at(strides, axis), at(dilations, axis));
  });
  if (!output.every((count) => count >= 1)) {
    throw mismatch({
      what: `${node.op} window`,
      where: node.name,
      expected: 'a window no larger than its padded input',
      got: `kernel [${kernel}] with dilations [${dilations}] over [${inputSpatial}] with pads [${pads}]`,
    });
  }
  return { kernel, strides, padsBegin, padsEnd, dilations, input: inputSpatial, output };
}

/** Number of elements that a window spans on one axis: (kernel - 1) * dilation + 1. */
export function windowSpan(kernel: number, dilation: number): number {
  return (kernel - 1) * dilation + 1;
}

/** Number of positions at which a window lies wholly inside an axis of `size` elements (padding included). */
export function windowCount(size: number, kernel: number, stride: number, dilation = 1): number {
  return Math.floor((size - windowSpan(kernel, dilation)) / stride) + 1;
}

/** Number of elements at the end of each axis, end padding included, that no window reaches. */
export function unreadEnds(geometry: WindowGeometry): number[] {
  const { kernel, strides, padsBegin, padsEnd, dilations, input, output } = geometry;
  return input.map((size, axis) => {
    const reach =
      (at(output, axis) - 1) * at(strides, axis) + windowSpan(at(kernel, axis), at(dilations, axis));
    return size + at(padsBegin, axis) + at(padsEnd, axis) - reach;
  });
}

function at(list: readonly number[], axis: number): number {
  return list[axis] as number;
}

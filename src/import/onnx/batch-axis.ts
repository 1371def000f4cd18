import { BATCH, type Shape } from '../../graph/graph.js';
import { Unsupported } from '../unsupported.js';
import { axisOf } from './arguments.js';

/*
 * Files may have the batch at any axis: [1, batch, ...], [length, batch, features]. The canonical form has it first, so a
 * computed value of a file is a value of the network and the axis at which the file has the batch.
 */

/** A shape of the network as the file has it, BATCH at the axis `batch`. */
export function fileShape([first = BATCH, ...sample]: Shape, batch: number): number[] {
  return [...sample.slice(0, batch), first, ...sample.slice(batch)];
}

/** The shape without the batch, and the axis at which that was. */
export function placed(shape: readonly number[]): { sample: number[]; batch: number } {
  return { sample: shape.filter((dim) => dim !== BATCH), batch: shape.indexOf(BATCH) };
}

/** The axis of the network that an axis of a file with `rank` axes is. @throws Unsupported for the batch */
export function networkAxis(axis: number, rank: number, batch: number): number {
  const positive = axisOf(axis, rank);
  if (positive === batch) throw new Unsupported('over the batch');
  return positive < batch ? positive + 1 : positive;
}

/** An array of numbers, which may be made when they are first asked for. */
export interface Numbers {
  readonly dims: readonly number[];
  readonly data: ArrayLike<number>;
}

/** A constant that the file repeats over a value of `rank` axes, with its own axes in the order of the network. */
export function inNetworkOrder(constant: Numbers, rank: number, batch: number): Numbers {
  if (batch === 0 || constant.dims.length > rank) return constant;
  const dims = [...Array<number>(rank - constant.dims.length).fill(1), ...constant.dims];
  if (dims[batch] !== 1) throw new Unsupported('with constants that differ over the batch');
  return {
    dims: [1, ...dims.filter((_, axis) => axis !== batch)],
    get data() {
      return constant.data;
    },
  };
}

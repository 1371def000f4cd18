import { sizeOf } from '../../graph/tensor.js';
import { type Constant, ints } from '../constant.js';
import { Unsupported } from '../unsupported.js';
import type { TfjsNode } from './node.js';
import { rangesOf } from './operators/strided-slice.js';

/**
 * Operators on constants only. Converters compute what they can, and what is left works on shapes, in which NaN stands
 * for the batch.
 */
export const FOLDS: Readonly<Record<string, (node: TfjsNode) => Constant>> = {
  Identity: (node) => node.constant(0),
  Cast: (node) => node.constant(0),

  Pack: (node) => {
    const parts = node.operands.map((_, i) => node.scalar(i));
    return ints([parts.length], parts);
  },

  ConcatV2: (node) => {
    const parts = node.operands.slice(0, -1).flatMap((_, i) => node.list(i));
    return ints([parts.length], parts);
  },

  Prod: (node) => ints([], [node.list(0).reduce((product, factor) => product * factor, 1)]),

  StridedSlice: (node) => {
    const list = node.constant(0);
    if (list.dims.length !== 1) throw new Unsupported(`of a constant of shape [${list.dims}]`);
    const { ranges, dropped } = rangesOf(node, list.dims);
    const [{ first, count, step }] = ranges as [(typeof ranges)[0]];
    const taken = Array.from({ length: count }, (_, i) => list.data[first + i * step] as number);
    return ints(dropped.length > 0 ? [] : [count], taken);
  },

  Reshape: (node) => {
    const constant = node.constant(0);
    const asked = node.list(1);
    const known = sizeOf(asked.filter((dim) => dim !== -1));
    const dims = asked.map((dim) => (dim === -1 ? constant.size / known : dim));
    if (sizeOf(dims) !== constant.size) throw new Unsupported(`of [${constant.dims}] to [${asked}]`);
    return constant.reshaped(dims);
  },
};

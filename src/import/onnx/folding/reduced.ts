import { copyStrided, stridesOf } from '../../../graph/strided.js';
import { sizeOf } from '../../../graph/tensor.js';
import { Constant } from '../../constant.js';
import { Unsupported } from '../../unsupported.js';
import { axisOf } from '../arguments.js';
import { elementOf } from '../element-types.js';
import type { OnnxNode } from '../node.js';
import type { Fold, FoldTable } from './table.js';

const sum = (numbers: Float64Array) => numbers.reduce((so, x) => so + x, 0);
const squares = (numbers: Float64Array) => numbers.reduce((so, x) => so + x * x, 0);

/** What becomes of the numbers along some axes of a constant; in double precision. */
export const REDUCED: FoldTable = {
  ReduceSum: reduction(sum),
  ReduceMean: reduction((numbers) => sum(numbers) / numbers.length, { fractional: true }),
  ReduceProd: reduction((numbers) => numbers.reduce((so, x) => so * x, 1)),
  ReduceMax: reduction((numbers) => numbers.reduce((so, x) => Math.max(so, x))),
  ReduceMin: reduction((numbers) => numbers.reduce((so, x) => Math.min(so, x))),
  ReduceL1: reduction((numbers) => numbers.reduce((so, x) => so + Math.abs(x), 0)),
  ReduceL2: reduction((numbers) => Math.sqrt(squares(numbers)), { fractional: true }),
  ReduceSumSquare: reduction(squares),
};

/** @param fractional whether integers would have to be rounded */
function reduction(of: (numbers: Float64Array) => number, { fractional = false } = {}): Fold {
  return (node, allocate) => {
    const x = node.given(0);
    const { hold, whole } = elementOf(x.type);
    if (whole && fractional) throw new Unsupported(`of ${x.type}`);
    const axes = reducedAxes(node, x.dims.length);
    const sized = (wanted: boolean) => [...x.dims.keys()].filter((axis) => axes.includes(axis) === wanted);
    const order = [...sized(false), ...sized(true)];
    const count = sizeOf(axes.map((axis) => x.dims[axis] as number));
    if (count === 0) throw new Unsupported('of no numbers');
    const strides = stridesOf(x.dims);
    const numbers = new Float64Array(x.size);
    copyStrided(x.data, numbers, order.map((axis) => x.dims[axis] as number), order.map((axis) => strides[axis] as number)); // biome-ignore format: one line
    const data = allocate(x.type, x.size / count);
    for (let i = 0; i < data.length; i++) {
      const value = of(numbers.subarray(i * count, (i + 1) * count));
      if (!Number.isFinite(value)) throw new Unsupported('of the batch size, or of what is no number');
      data[i] = hold(value);
    }
    const left = node.int('keepdims', 1) === 1 ? [1] : [];
    const dims = x.dims.flatMap((dim, axis) => (axes.includes(axis) ? left : [dim]));
    return new Constant(x.type, dims, data);
  };
}

/** All axes where none are given. */
function reducedAxes(node: OnnxNode, rank: number): number[] {
  const axes = (node.intList('axes', 1) ?? []).map((axis) => axisOf(axis, rank));
  if (axes.length > 0 || node.int('noop_with_empty_axes', 0) === 1) return axes;
  return Array.from({ length: rank }, (_, axis) => axis);
}

import { copyStrided } from '../../../graph/strided.js';
import { sizeOf } from '../../../graph/tensor.js';
import { Constant } from '../../constant.js';
import { Unsupported } from '../../unsupported.js';
import { elementOf } from '../element-types.js';
import { commonShape, repeated } from './broadcast.js';
import type { Allocate, FoldTable } from './table.js';

/** Products of constants: positions that small networks make, frequencies of rotary positions. */
export const MATRICES: FoldTable = {
  MatMul: (node, allocate) => product(node.given(0), node.given(1), allocate),
  Gemm: (node, allocate) => {
    const [a, b] = ['transA', 'transB'].map((turns, i) =>
      node.int(turns, 0) === 0 ? node.given(i) : turned(node.given(i), allocate),
    ) as [Constant, Constant];
    const { type, dims, data } = product(a, b, allocate);
    const summand = node.constant(2);
    if (summand && `${commonShape([summand.dims, dims])}` !== `${dims}`)
      throw new Unsupported(`with a summand of shape [${summand.dims}]`);
    const added = summand && repeated(summand, dims, allocate);
    const [alpha, beta] = [node.float('alpha', 1), node.float('beta', 1)];
    const { hold } = elementOf(type);
    for (let i = 0; i < data.length; i++)
      data[i] = hold(alpha * (data[i] as number) + (added ? beta * (added[i] as number) : 0));
    return new Constant(type, dims, data);
  },
};

/** Most multiplications that are done to fold one product. */
const MOST_PRODUCTS = 2 ** 28;

/** [..., rows, inner] times [..., inner, columns], the axes before them repeated by numpy's rule. */
function product(a: Constant, b: Constant, allocate: Allocate): Constant {
  const [rows = 0, inner = 0] = a.dims.slice(-2);
  const columns = b.dims.at(-1) ?? 0;
  const { hold, whole } = elementOf(a.type);
  const fits = Math.min(a.dims.length, b.dims.length) >= 2 && inner === b.dims.at(-2) && a.type === b.type;
  const refused = new Unsupported(`of constants [${a.dims}] and [${b.dims}]`);
  if (!fits || whole) throw refused;
  const places = commonShape([a.dims.slice(0, -2), b.dims.slice(0, -2)]);
  const data = allocate(a.type, sizeOf(places) * rows * columns);
  if (data.length * inner > MOST_PRODUCTS) throw refused;
  const left = repeated(a, [...places, rows, inner], allocate);
  const right = repeated(b, [...places, inner, columns], allocate);
  for (let i = 0; i < data.length; i++) {
    const row = Math.floor(i / columns);
    const from = Math.floor(row / rows) * inner * columns + (i % columns);
    let sum = 0;
    for (let k = 0; k < inner; k++)
      sum += (left[row * inner + k] as number) * (right[from + k * columns] as number);
    data[i] = hold(sum);
  }
  return new Constant(a.type, [...places, rows, columns], data);
}

/** A matrix with its axes exchanged. */
function turned(x: Constant, allocate: Allocate): Constant {
  const [rows = 0, columns = 0] = x.dims;
  const data = allocate(x.type, x.size);
  copyStrided(x.data, data, [columns, rows], [1, columns]);
  return new Constant(x.type, [columns, rows], data);
}

import { copyStrided, type NumberArray, repeatingStrides } from '../../../graph/strided.js';
import { sizeOf } from '../../../graph/tensor.js';
import type { Constant } from '../../constant.js';
import { Unsupported } from '../../unsupported.js';
import type { Allocate } from './table.js';

/** The shape that all of these repeat to by numpy's rule. @throws Unsupported when there is none */
export function commonShape(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map(({ length }) => length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((dims) => dims[axis - rank + dims.length] ?? 1).filter((size) => size !== 1);
    const [size = 1] = sizes;
    const sound = sizes.every((other) => other === size) && size >= 0;
    if (!sound) throw new Unsupported(`of ${shapes.map((dims) => `[${dims}]`).join(' and ')}`);
    return size;
  });
}

/** The constant's numbers, repeated to a shape. */
export function repeated(x: Constant, dims: readonly number[], allocate: Allocate): NumberArray {
  if (x.size === sizeOf(dims)) return x.data;
  const data = allocate(x.type, sizeOf(dims));
  copyStrided(x.data, data, dims, repeatingStrides(x.dims, dims));
  return data;
}

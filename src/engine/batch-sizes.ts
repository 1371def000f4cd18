/**
 * Divides states into batches of `size`, but none of a single state where there are more: the engine adds in another order
 * when it multiplies one row by a matrix, and the numbers must not depend on the batch. So a batch may be one larger.
 */
export function batchSizes(count: number, size: number): number[] {
  const most = Math.max(2, size);
  const sizes: number[] = [];
  for (let left = count; left > 0; ) {
    const taken = left === most + 1 ? left : Math.min(most, left);
    sizes.push(taken);
    left -= taken;
  }
  return sizes;
}

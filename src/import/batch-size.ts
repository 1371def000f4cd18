/*
 * Sizes in the shape arithmetic of files that depend on the batch, which is only known at run time: NaN stands for the batch
 * size, numbers beyond all integers of 64 bits for its multiples (heads or windows that are joined with the batch).
 */

import { Unsupported } from './unsupported.js';

const UNIT = 2 ** 70;
const MOST = 2 ** 16;

/** The size of `count` times the batch. */
export function timesBatch(count: number): number {
  return count === 1 ? Number.NaN : count * UNIT;
}

/** How many times the batch a size is; undefined for sizes that do not depend on it. */
export function batchesIn(size: number): number | undefined {
  if (Number.isNaN(size)) return 1;
  const count = size / UNIT;
  return Number.isInteger(count) && count > 1 && count < MOST ? count : undefined;
}

/** @throws Unsupported for the size of the batch among numbers to compute with: nothing is computed of other inputs */
export function refuseBatchSize(numbers: ArrayLike<number>): void {
  if (Array.prototype.some.call(numbers, (number: number) => batchesIn(number) !== undefined)) {
    throw new Unsupported('with the size of the batch as a number');
  }
}

/** The size as messages say it. */
export function showSize(size: number): string {
  const batches = batchesIn(size);
  return batches === undefined ? `${size}` : batches === 1 ? 'batch' : `${batches} batch`;
}

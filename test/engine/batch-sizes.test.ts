import { expect, it } from 'vitest';
import { batchSizes } from '../../src/engine/batch-sizes.js';

it('divides into full batches and a rest, never a rest of one', () => {
  expect(batchSizes(10, 4)).toEqual([4, 4, 2]);
  expect(batchSizes(9, 4)).toEqual([4, 5]);
  expect(batchSizes(8, 4)).toEqual([4, 4]);
  expect(batchSizes(5, 1)).toEqual([2, 3]);
  expect(batchSizes(1, 4)).toEqual([1]);
  expect(batchSizes(0, 4)).toEqual([]);
});

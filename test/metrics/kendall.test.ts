import { expect, it } from 'vitest';
import { kendall } from '../../src/metrics/kendall.js';

it('counts pairs in the same order against pairs in opposite order, ties included', () => {
  expect(kendall([1, 2, 3, 4], [1, 2, 3, 4])).toBe(1);
  expect(kendall([1, 2, 3, 4], [9, 7, 5, 3])).toBe(-1);
  // By hand: one pair in the same order, five in opposite order; 8 of 10 pairs differ in the first, 9 in the second.
  expect(kendall([12, 2, 1, 12, 2], [1, 4, 7, 1, 0])).toBeCloseTo(-4 / Math.sqrt(8 * 9), 14);
});

it('has no value where one of the two does not vary', () => {
  expect(kendall([1, 2], [3, 3])).toBeUndefined();
  expect(kendall([], [])).toBeUndefined();
  expect(() => kendall([1], [1, 2])).toThrow('lengths 1 and 2 differ');
});

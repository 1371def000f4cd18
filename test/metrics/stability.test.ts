import { expect, it } from 'vitest';
import {
  averageSensitivity,
  largest,
  localLipschitz,
  median,
  overSameClass,
  relativeInputStability,
  relativeOutputStability,
  relativeRepresentationStability,
} from '../../src/metrics/stability.js';

const x = { heatmap: [3, 4], input: [1, 2], logits: [2, 1], representation: [4, 2, 0] };
const near = { heatmap: [6, 8], input: [1, 4], logits: [5, 5], representation: [4, 7, 0] };
const other = { heatmap: [0, 0], input: [1, 2], logits: [0, 1], representation: undefined };

it('average sensitivity and local Lipschitz estimate, by hand', () => {
  expect(averageSensitivity(x.heatmap, [near.heatmap, x.heatmap])).toBe(2.5);
  expect(averageSensitivity(x.heatmap, [])).toBeUndefined();
  expect(localLipschitz(x, [near])).toBe(2.5);
  // An input that does not differ has no slope.
  expect(localLipschitz(x, [other, near])).toBe(2.5);
  expect(localLipschitz(x, [other])).toBeUndefined();
});

it('relative stability, by hand: quotients by element', () => {
  expect(relativeInputStability(x, near)).toBeCloseTo(Math.SQRT2 / 1, 12);
  expect(relativeOutputStability(x, near)).toBeCloseTo(Math.SQRT2 / 5, 12);
  expect(relativeRepresentationStability(x, near)).toBeCloseTo(Math.SQRT2 / 2.5, 12);
  // A network without an inner representation has none.
  expect(relativeRepresentationStability(x, { ...near, representation: undefined })).toBeUndefined();
  // A 0 below is 1e-6, and so is a denominator of the whole that is smaller.
  expect(relativeInputStability({ ...x, heatmap: [0, 4] }, { ...near, heatmap: [1, 4] })).toBeCloseTo(1e6, 3);
  expect(relativeOutputStability(x, { ...near, logits: x.logits })).toBeCloseTo(Math.SQRT2 * 1e6, 3);
});

it('only inputs of the same class count', () => {
  expect(overSameClass(x, [near, other], relativeOutputStability)).toHaveLength(1);
  expect(largest(overSameClass(x, [other], relativeOutputStability))).toBeUndefined();
});

it('largest and median of none, odd and even many', () => {
  expect([largest([]), median([])]).toEqual([undefined, undefined]);
  expect([median([3]), median([1, 9, 2]), median([4, 1, 9, 2])]).toEqual([3, 2, 3]);
});

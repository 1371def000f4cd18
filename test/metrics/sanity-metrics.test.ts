import { expect, it } from 'vitest';
import { efficientMprt, histogramEntropy, likeness, overStages } from '../../src/metrics/sanity-metrics.js';

it('entropy of the histogram, by hand: equal bins from the smallest to the largest value', () => {
  expect(histogramEntropy([0, 1, 2, 3], 4)).toBe(2);
  expect(histogramEntropy([-1, -1, -1, 7], 4)).toBeCloseTo(-0.75 * Math.log2(0.75) + 0.5, 12);
  // The largest value belongs to the last bin; one value alone is certain.
  expect(histogramEntropy([0, 0.5, 0.5, 1], 2)).toBeCloseTo(
    -0.25 * Math.log2(0.25) - 0.75 * Math.log2(0.75),
    12,
  );
  expect(histogramEntropy([3, 3, 3])).toBe(0);
});

it('efficient randomisation: relative rise, none from a flat heatmap', () => {
  expect(efficientMprt([0, 0, 1, 1], [0, 1, 2, 3])).toBe(1);
  expect(efficientMprt([0, 1, 2, 3], [0, 0, 1, 1])).toBe(-0.5);
  expect(efficientMprt([5, 5], [0, 1])).toBeUndefined();
});

it('the mean over stages needs all of them', () => {
  expect(overStages([0.5, -0.25])).toBe(0.125);
  expect(overStages([0.5, undefined])).toBeUndefined();
  expect(overStages([])).toBeUndefined();
});

it('likeness: of maps from 0 to 1, so that scale and offset do not count', () => {
  const first = Float64Array.from({ length: 144 }, (_, i) => Math.sin(i * i));
  const pair = { first, second: first.map((value) => 40 * value - 7), width: 12 };
  expect(likeness(pair)).toBeCloseTo(1, 12);
  expect(
    likeness({ ...pair, first: first.slice(0, 100), second: first.slice(0, 100), width: 10 }),
  ).toBeUndefined();
});

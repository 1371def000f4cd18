import { describe, expect, it } from 'vitest';
import {
  COMPLEXITY_METRICS,
  effectiveComplexity,
  entropy,
  giniIndex,
  relativeEffectiveComplexity,
  relevanceEntropy,
  topShare,
} from '../../src/metrics/complexity.js';

describe('entropy and Gini index', () => {
  it('of even relevance: log2 of the pixels, and 0', () => {
    expect(relevanceEntropy(new Float32Array(8).fill(0.3))).toBeCloseTo(3, 12);
    expect(giniIndex([-2, 2, 2, 2])).toBe(0);
  });

  it('of a single relevant pixel: 0, and 1 - 1/N', () => {
    expect(relevanceEntropy([0, 0, -5, 0])).toBe(0);
    expect(giniIndex([0, 0, -5, 0])).toBe(3 / 4);
  });

  it('by hand', () => {
    // shares 1/2, 1/4, 1/4
    expect(relevanceEntropy([2, -1, 1])).toBe(1.5);
    // ascending 1, 1, 2: 1 - 2 (1/4 * 5/6 + 1/4 * 3/6 + 2/4 * 1/6)
    expect(giniIndex([2, -1, 1])).toBeCloseTo(1 / 6, 12);
  });

  it('depend on neither scale nor sign', () => {
    const heatmap = [3, -1, 4, 1, -5, 9, 2, 6];
    const other = heatmap.map((value) => -1e-6 * value);
    expect(giniIndex(other)).toBeCloseTo(giniIndex(heatmap) as number, 12);
    expect(relevanceEntropy(other)).toBeCloseTo(relevanceEntropy(heatmap) as number, 12);
  });
});

describe('topShare', () => {
  it('counts positive relevance only', () => {
    expect(topShare([4, 3, 2, 1, -100, 0, 0, 0, 0, 0], 0.1)).toBe(0.4);
    expect(topShare([4, 3, 2, 1, -100, 0, 0, 0, 0, 0], 0.2)).toBe(0.7);
    expect(topShare([4, 3, 2, 1], 1)).toBe(1);
  });

  it('takes part of a pixel', () => {
    // 10 % of 4 pixels: 0.4 of the largest
    expect(topShare([4, 3, 2, 1], 0.1)).toBeCloseTo(0.16, 12);
    expect(topShare([4, 3, 2, 1], 0.375)).toBeCloseTo(0.55, 12);
  });
});

describe('effective complexity', () => {
  it('counts what exceeds the threshold, of either sign', () => {
    expect(effectiveComplexity([2e-5, -2e-5, 1e-5, 0, 3], 1e-5)).toBe(3);
    expect(relativeEffectiveComplexity([-100, 1.5, 1, 0.5])).toBe(2);
    expect(relativeEffectiveComplexity([-1e-9, 1.5e-11, 0])).toBe(2);
  });
});

describe('COMPLEXITY_METRICS', () => {
  it('has no value without relevance', () => {
    for (const { of } of COMPLEXITY_METRICS) {
      expect(of([])).toBeUndefined();
      expect(of(new Float32Array(5))).toBeUndefined();
    }
    expect(topShare([-1, -2], 0.1)).toBeUndefined();
    expect(entropy([0])).toBeNaN();
  });

  it('names what it reports', () => {
    const ids = COMPLEXITY_METRICS.map(({ id }) => id);
    expect(ids).toEqual([
      'entropy',
      'gini',
      'top_1_percent',
      'top_5_percent',
      'top_10_percent',
      'effective_complexity',
      'effective_complexity_relative',
    ]);
    const spike = Float32Array.from({ length: 100 }, (_, i) => (i === 7 ? 1 : 0));
    expect(COMPLEXITY_METRICS.map(({ of }) => of(spike))).toEqual([0, 0.99, 1, 1, 1, 1, 1]);
  });
});

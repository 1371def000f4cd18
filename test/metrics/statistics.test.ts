import { describe, expect, it } from 'vitest';
import { cohensD, holm, mean, meanOfRepeats, standardDeviation } from '../../src/metrics/statistics.js';

describe('mean and standard deviation', () => {
  it('of a few numbers', () => {
    expect(mean([1, 2, 6])).toBe(3);
    expect(standardDeviation(Float32Array.of(1, 2, 6))).toBe(Math.sqrt(7));
  });

  it('have no value of too few', () => {
    expect(mean([])).toBeUndefined();
    expect(standardDeviation([1])).toBeUndefined();
  });
});

describe('meanOfRepeats', () => {
  it('is one value an image, or none where a repeat has none', () => {
    expect(meanOfRepeats([1, 3])).toBe(2);
    expect(meanOfRepeats([1, undefined])).toBeUndefined();
    expect(meanOfRepeats([])).toBeUndefined();
  });
});

describe("Cohen's d of paired differences", () => {
  it('is mean over standard deviation, with the sign of the mean', () => {
    // scipy: d.mean() / d.std(ddof=1)
    expect(cohensD([1.2, -0.4, 0.8, 2.1, 0.3, -0.1, 1.5, 0.9], 3)).toBeCloseTo(0.9462037962986255, 12);
    expect(cohensD([-1, -2, -6], 10)).toBeCloseTo(-3 / Math.sqrt(7), 12);
  });

  it('has no value where nothing varies', () => {
    expect(cohensD([2, 2, 2], 2)).toBeUndefined();
    expect(cohensD([2], 2)).toBeUndefined();
  });

  it('has no value where only rounding varies', () => {
    // A method and the same method plus 0.1, both through float32: the differences are 0.1 up to rounding.
    const values = [10.1, 23.7, 5.55, 17.3].map(Math.fround);
    const differences = values.map((value) => Math.fround(value + 0.1) - value);
    expect(new Set(differences).size).toBeGreaterThan(1);
    expect(cohensD(differences, 25)).toBeUndefined();
    // The same spread between numbers of its own size is a spread.
    expect(
      cohensD(
        differences.map((value) => value - 0.1),
        1e-6,
      ),
    ).toBeDefined();
  });
});

describe("Holm's correction", () => {
  it('multiplies the r-th smallest of m by m - r + 1 and never falls', () => {
    // 0.01 * 4, 0.02 * 3, then 0.03 * 2 = 0.06 not below 0.06, then 0.5
    expect(holm([0.5, 0.01, 0.03, 0.02])).toEqual([0.5, 0.04, 0.06, 0.06]);
  });

  it('stops at 1 and leaves out tests that were not possible', () => {
    expect(holm([0.9, undefined, 0.6])).toEqual([1, undefined, 1]);
    expect(holm([])).toEqual([]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { averagePrecision } from '../../src/metrics/average-precision.js';

describe('averagePrecision', () => {
  const scores = [0.9, 0.8, 0.7, 0.6, 0.5];
  const positive = [true, false, true, false, true];

  it('by hand', () => {
    // precision where recall rises: 1 at 1/3, 2/3 at 2/3, 3/5 at 1
    expect(averagePrecision(scores, positive, 'area')).toBeCloseTo((1 + 2 / 3 + 3 / 5) / 3, 12);
    // recall 0 to 0.3 (four points), 0.4 to 0.6 (three), 0.7 to 1 (four)
    expect(averagePrecision(scores, positive, 'eleven-point')).toBeCloseTo(
      (4 + 3 * (2 / 3) + 4 * (3 / 5)) / 11,
      12,
    );
  });

  it('takes the best precision at that recall or more', () => {
    // precisions 0, 1/2, 2/3: the first positive counts with 2/3
    expect(averagePrecision([3, 2, 1], [false, true, true], 'area')).toBeCloseTo(2 / 3, 12);
    expect(averagePrecision([3, 2, 1], [false, true, true], 'eleven-point')).toBeCloseTo(2 / 3, 12);
  });

  it('meets recall 3 of 10 exactly', () => {
    const tenPositives = [
      ...new Array(3).fill(true),
      ...new Array(90).fill(false),
      ...new Array(7).fill(true),
    ];
    const falling = tenPositives.map((_, i) => -i);
    // precision 1 up to recall 0.3, then 10/100 at the end
    expect(averagePrecision(falling, tenPositives, 'eleven-point')).toBeCloseTo((4 + 7 * 0.1) / 11, 12);
  });

  it('does not depend on the order of equally scored images', () => {
    expect(averagePrecision([1, 1, 1, 1], [true, false, false, false], 'area')).toBe(1 / 4);
    expect(averagePrecision([1, 1, 1, 1], [false, false, false, true], 'area')).toBe(1 / 4);
  });

  it('is 1 exactly where every positive is above every negative, and never more', () => {
    const image = fc.record({ score: fc.integer({ min: 0, max: 20 }), positive: fc.boolean() });
    fc.assert(
      fc.property(fc.array(image, { minLength: 1 }), (images) => {
        const best = Math.max(...images.flatMap(({ score, positive }) => (positive ? [] : [score])));
        const separated = images.every(({ score, positive }) => !positive || score > best);
        const found = averagePrecision(
          images.map(({ score }) => score),
          images.map(({ positive }) => positive),
          'area',
        );
        if (!images.some(({ positive }) => positive)) expect(found).toBeUndefined();
        else if (separated) expect(found).toBeCloseTo(1, 12);
        else expect(found).toBeLessThan(1);
      }),
      { seed: 1 },
    );
  });

  it('has no value without positive images', () => {
    expect(averagePrecision([1, 2], [false, false], 'area')).toBeUndefined();
    expect(averagePrecision([], [], 'eleven-point')).toBeUndefined();
  });
});

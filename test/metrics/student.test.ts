import { describe, expect, it } from 'vitest';
import { studentMean } from '../../src/metrics/student.js';
import { randomStream } from '../../src/random.js';

describe('studentMean', () => {
  it('is the textbook interval', () => {
    // mean 3, s = sqrt(2.5), t(4) at 97.5 % = 2.776445
    const reach = (2.776445105 * Math.sqrt(2.5)) / Math.sqrt(5);
    expect(studentMean([1, 2, 3, 4, 5], 0.95)).toEqual({
      images: 5,
      value: 3,
      low: expect.closeTo(3 - reach, 8),
      high: expect.closeTo(3 + reach, 8),
    });
  });

  it('covers at the level it promises, far out too', () => {
    const runs = 4000;
    const covered = (confidence: number) =>
      Array.from({ length: runs }, (_, k) => {
        const { low = 0, high = 0 } =
          studentMean([...randomStream('student', k).normals(8)], confidence) ?? {};
        return low <= 0 && 0 <= high;
      }).filter((inside) => inside).length / runs;
    // Four standard errors either way.
    expect(Math.abs(covered(0.95) - 0.95)).toBeLessThan(4 * Math.sqrt((0.95 * 0.05) / runs));
    expect(Math.abs(covered(0.998) - 0.998)).toBeLessThan(4 * Math.sqrt((0.998 * 0.002) / runs));
  });

  it('is a point where nothing varies, and has no ends of a single value', () => {
    expect(studentMean([2, 2, 2], 0.999)).toEqual({ images: 3, value: 2, low: 2, high: 2 });
    expect(studentMean([2], 0.95)).toEqual({ images: 1, value: 2, low: undefined, high: undefined });
    expect(studentMean([], 0.95)).toBeUndefined();
  });
});

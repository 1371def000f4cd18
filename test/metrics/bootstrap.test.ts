import { describe, expect, it } from 'vitest';
import { createBootstrap } from '../../src/metrics/bootstrap.js';
import type { Estimate } from '../../src/metrics/estimate.js';
import { randomStream } from '../../src/random.js';

const x = [0.1, 0.2, 0.2, 0.4, 0.5, 0.7, 0.9, 1.1, 1.4, 1.8, 2.5, 4.2];
const y = [1.0, 1.3, 0.8, 1.1, 1.9, 1.2, 1.5, 1.1, 2.0, 1.7, 2.2, 2.4];
const ratio = (means: readonly number[]) => (means[0] as number) / (means[1] as number);

// scipy.stats.bootstrap with 400,000 resamples, at the level Hesterberg's correction gives for n = 12. The tolerances are
// three standard errors of such quantiles, the upper end of the mean being the flattest.
describe('intervals agree with an independent implementation', () => {
  it.each([
    ['bca', 0.6167, 2.3],
    ['percentile', 0.525, 2.0167],
  ] as const)('mean, %s', (method, low, high) => {
    const found = createBootstrap({ seed: 1, method, resamples: 100_000 }).mean(x) as Estimate;
    expect(found.images).toBe(12);
    expect(found.value).toBeCloseTo(7 / 6, 12);
    expect(Math.abs((found.low as number) - low)).toBeLessThan(0.01);
    expect(Math.abs((found.high as number) - high)).toBeLessThan(0.05);
  });

  it.each([
    ['bca', 0.4702, 1.243],
    ['percentile', 0.4072, 1.1401],
  ] as const)('ratio of means, %s', (method, low, high) => {
    const found = createBootstrap({ seed: 1, method, resamples: 100_000 }).of([x, y], ratio) as Estimate;
    expect(found.value).toBeCloseTo(14 / 18.2, 12);
    expect(Math.abs((found.low as number) - low)).toBeLessThan(0.01);
    expect(Math.abs((found.high as number) - high)).toBeLessThan(0.015);
  });
});

describe('seeds', () => {
  it('the same seed gives the same interval, another one another', () => {
    const interval = (seed: number) => createBootstrap({ seed }).mean(x);
    expect(interval(1)).toEqual(interval(1));
    expect(interval(1)).not.toEqual(interval(2));
  });

  it('an interval does not depend on what was asked before', () => {
    const used = createBootstrap({ seed: 1 });
    used.mean(y);
    used.mean([1, 2, 3]);
    expect(used.mean(x)).toEqual(createBootstrap({ seed: 1 }).mean(x));
  });
});

describe('edges', () => {
  const bootstrap = createBootstrap({ seed: 1 });

  it('no images, no estimate; one image, no interval', () => {
    expect(bootstrap.mean([])).toBeUndefined();
    expect(bootstrap.mean([3])).toEqual({ images: 1, value: 3, low: undefined, high: undefined });
  });

  it('equal values of eight images have an interval of no width', () => {
    expect(bootstrap.mean(new Array(8).fill(0.1))).toEqual({
      images: 8,
      value: expect.closeTo(0.1, 12),
      low: expect.closeTo(0.1, 12),
      high: expect.closeTo(0.1, 12),
    });
  });

  it('fewer than eight images have Student’s interval, and none where nothing varies', () => {
    // mean 1/2, s = 1/sqrt 2, t(1) = 12.7062
    expect(bootstrap.mean([0, 1])).toEqual({
      images: 2,
      value: 0.5,
      low: expect.closeTo(0.5 - 12.7062 / 2, 4),
      high: expect.closeTo(0.5 + 12.7062 / 2, 4),
      interval: 'student',
    });
    expect(bootstrap.mean([1, 2, 3, 4, 5, 6, 7])).toMatchObject({ interval: 'student' });
    expect(bootstrap.mean([1, 2, 3, 4, 5, 6, 7, 8])).not.toHaveProperty('interval');
    expect(bootstrap.mean([0.1, 0.1, 0.1])).toEqual({
      images: 3,
      value: expect.closeTo(0.1, 12),
      low: undefined,
      high: undefined,
    });
  });

  it('Student’s interval of what has a least and a greatest value ends there', () => {
    expect(bootstrap.mean([0, 1], [0, 1])).toMatchObject({ low: 0, high: 1, interval: 'student' });
    // 0.9 -+ 12.7062 * 0.1414 / sqrt 2
    expect(bootstrap.mean([0.8, 1], [-1, 1])).toMatchObject({ low: expect.closeTo(-0.37062, 4), high: 1 });
  });

  it('draws beyond memory are refused in one line', () => {
    const many = createBootstrap({ seed: 1, resamples: 2 ** 25 });
    expect(() => many.mean([1, 2, 3, 4, 5, 6, 7, 8, 9])).toThrow(
      'images drawn anew for intervals (33554432 resamples of 9 images): expected at most 268435456 resamples x images, got 301989888',
    );
  });

  it('one far outlier among many, where the BCa formula has its pole', () => {
    const values = [1000, ...Array.from({ length: 30 }, (_, i) => i / 30)];
    const { low, high } = createBootstrap({ seed: 1, confidence: 0.9999 }).mean(values) as Estimate;
    expect(low).toBeGreaterThanOrEqual(0);
    expect(high).toBeLessThanOrEqual(1000);
  });

  it('a ratio over a mean of 0 has no value, and no interval if a resample can have none or images are few', () => {
    expect(bootstrap.of([[1], [0]], ratio)).toBeUndefined();
    const [ones, mostlyZero] = [new Array(8).fill(1), [1, 0, 0, 0, 0, 0, 0, 0]];
    const none = { low: undefined, high: undefined };
    expect(bootstrap.of([ones, mostlyZero], ratio)).toEqual({ images: 8, value: 8, ...none });
    expect(bootstrap.of([x.slice(0, 7), y.slice(0, 7)], ratio)).toMatchObject({ images: 7, ...none });
  });
});

describe('coverage of the 95 % interval on simulated images', () => {
  const TRIALS = 2000;
  const exponential = (uniform: number) => -Math.log(1 - uniform);

  it.each([
    // Student's interval of few.
    ['normal', 'bca', 2],
    ['normal', 'bca', 3],
    ['normal', 'bca', 7],
    ['normal', 'bca', 8],
    ['normal', 'bca', 20],
    ['normal', 'bca', 50],
    ['normal', 'percentile', 10],
    ['normal', 'percentile', 50],
    ['exponential', 'bca', 30],
    ['exponential', 'bca', 100],
    ['exponential', 'percentile', 100],
  ] as const)('%s, %s, n = %i: between 93 and 97 percent', (distribution, method, n) => {
    const bootstrap = createBootstrap({ seed: 1, method, resamples: 1000 });
    const stream = randomStream('coverage', distribution, n);
    const truth = distribution === 'normal' ? 0 : 1;
    let covered = 0;
    for (let trial = 0; trial < TRIALS; trial++) {
      const sample = Float64Array.from({ length: n }, (_, i) =>
        distribution === 'normal' ? stream.normal(trial * n + i) : exponential(stream.uniform(trial * n + i)),
      );
      const { low, high } = bootstrap.mean(sample) as Estimate;
      if ((low as number) <= truth && truth <= (high as number)) covered++;
    }
    expect(covered / TRIALS).toBeGreaterThanOrEqual(0.93);
    expect(covered / TRIALS).toBeLessThanOrEqual(0.97);
  });

  it('ratio of means, n = 50: between 93 and 97 percent', () => {
    const bootstrap = createBootstrap({ seed: 2, resamples: 1000 });
    const stream = randomStream('coverage', 'ratio');
    const n = 50;
    let covered = 0;
    for (let trial = 0; trial < TRIALS; trial++) {
      const uniform = (i: number) => stream.uniform(trial * 2 * n + i);
      const inside = Float64Array.from({ length: n }, (_, i) => 1 + exponential(uniform(i)));
      const outside = inside.map((mean, i) => mean * 2 * uniform(n + i));
      const { low, high } = bootstrap.of([outside, inside], ratio) as Estimate;
      if ((low as number) <= 1 && 1 <= (high as number)) covered++;
    }
    expect(covered / TRIALS).toBeGreaterThanOrEqual(0.93);
    expect(covered / TRIALS).toBeLessThanOrEqual(0.97);
  });
});

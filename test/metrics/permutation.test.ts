import { describe, expect, it } from 'vitest';
import { signFlipTest } from '../../src/metrics/permutation.js';
import { randomStream } from '../../src/random.js';

const seed = 1;

describe('exact, up to 20 images', () => {
  it.each([
    // sums of +-1 +-2 +-3: only 6 and -6 reach 6
    [[1, 2, 3], 2 / 8],
    [[-1, -2, -3], 2 / 8],
    // sums of +-1 +-1 +-1: all are at least 1 away from 0
    [[1, 1, -1], 1],
    [[5], 1],
    [[0, 0], 1],
    [[1, 0, 1], 4 / 8],
    // scipy.stats.permutation_test, all 256 assignments
    [[1.2, -0.4, 0.8, 2.1, 0.3, -0.1, 1.5, 0.9], 0.046875],
  ])('%j', (differences, p) => {
    expect(signFlipTest(differences, { seed })).toBe(p);
  });

  it('sums that differ by rounding only count as equal', () => {
    // 0.1 + 0.2 - 0.3 and its mirror images are all 0 up to rounding
    expect(signFlipTest([0.1, 0.2, -0.3], { seed })).toBe(1);
  });

  it('counts what a walk over all assignments counts, ties and any number of images included', () => {
    for (let n = 1; n <= 12; n++) {
      for (const step of [0.5, 1e-3]) {
        const stream = randomStream('walk', n, step);
        const differences = Array.from(
          { length: n },
          (_, i) => step * Math.round((stream.normal(i) + 0.4) / step),
        );
        const sizeOf = (signs: number) =>
          Math.abs(differences.reduce((sum, value, i) => sum + ((signs >> i) & 1 ? -value : value), 0));
        const hits = Array.from({ length: 2 ** n }, (_, signs) => sizeOf(signs)).filter(
          (size) => size >= sizeOf(0) - 1e-9,
        );
        expect(signFlipTest(differences, { seed })).toBe(hits.length / 2 ** n);
      }
    }
  });

  it('twenty equal signs: the smallest p there is', () => {
    expect(signFlipTest(new Float32Array(20).fill(0.1), { seed })).toBe(2 / 2 ** 20);
  });

  it('has no value of no differences', () => {
    expect(signFlipTest([], { seed })).toBeUndefined();
  });
});

describe('sampled, beyond', () => {
  it('never says 0, and the seed decides', () => {
    const differences = Array.from({ length: 70 }, (_, i) => 1 + (i % 7));
    expect(signFlipTest(differences, { seed, permutations: 999 })).toBe(1 / 1000);
    const mixed = differences.map((value, i) => (i % 5 < 2 ? -value : value));
    expect(signFlipTest(mixed, { seed })).toBe(signFlipTest(mixed, { seed }));
    expect(signFlipTest(mixed, { seed })).not.toBe(signFlipTest(mixed, { seed: 2 }));
  });

  it('agrees with the exact test of the same differences', () => {
    // Zeros change no sum, so they turn the exact case of 16 images into a sampled one of 40 with the same p.
    const few = Array.from({ length: 16 }, (_, i) => randomStream('few').normal(i) + 0.5);
    const exact = signFlipTest(few, { seed }) as number;
    const padded = [...few.slice(0, 8), ...new Array(24).fill(0), ...few.slice(8)];
    const sampled = signFlipTest(padded, { seed }) as number;
    expect(exact).toBeGreaterThan(0.001);
    expect(Math.abs(sampled - exact)).toBeLessThan(4 * Math.sqrt((exact * (1 - exact)) / 9999));
  });
});

describe('p-values under the null hypothesis', () => {
  const TRIALS = 2000;

  it.each([
    ['exact', 10],
    ['sampled', 40],
  ])('are uniform (%s, %i images)', (_, n) => {
    const pValues = Array.from({ length: TRIALS }, (_, trial) => {
      const stream = randomStream('null', n, trial);
      const differences = Float64Array.from({ length: n }, (_, i) => stream.normal(i) ** 3);
      return signFlipTest(differences, { seed: trial, permutations: 499 }) as number;
    }).sort((a, b) => a - b);
    // Kolmogorov-Smirnov distance from the uniform distribution: 1.63 / sqrt(trials) is its 0.99 quantile.
    const distance = Math.max(...pValues.map((p, i) => Math.max((i + 1) / TRIALS - p, p - i / TRIALS)));
    expect(distance).toBeLessThan(1.63 / Math.sqrt(TRIALS));
    const rejected = pValues.filter((p) => p <= 0.05).length / TRIALS;
    expect(Math.abs(rejected - 0.05)).toBeLessThan(3 * Math.sqrt((0.05 * 0.95) / TRIALS));
  });

  it('finds a real difference', () => {
    const stream = randomStream('shifted');
    const differences = Array.from({ length: 100 }, (_, i) => stream.normal(i) + 0.5);
    expect(signFlipTest(differences, { seed })).toBeLessThanOrEqual(0.001);
  });
});

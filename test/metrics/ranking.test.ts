import { describe, expect, it } from 'vitest';
import { createBootstrap } from '../../src/metrics/bootstrap.js';
import { compare, pairedDifferences } from '../../src/metrics/comparison.js';
import { signFlipTest } from '../../src/metrics/permutation.js';
import { rankMethods, rankRanges } from '../../src/metrics/ranking.js';
import { randomStream } from '../../src/random.js';

const bootstrap = createBootstrap({ seed: 1 });

describe('compare', () => {
  it('pairs by image and leaves out images without both values', () => {
    expect(pairedDifferences([1, undefined, 5, 7], [0, 1, undefined, 4])).toEqual([1, 3]);
    expect(() => pairedDifferences([1], [1, 2])).toThrow('lengths 1 and 2 differ');
  });

  it('says how large, how sure and how strong', () => {
    const found = compare([2, 4, 6], [1, 2, 3], bootstrap, { seed: 1 });
    expect(found).toMatchObject({ difference: { images: 3, value: 2 }, pValue: 0.25, effectSize: 2 });
  });

  it('has no value if no image has both', () => {
    expect(compare([1, undefined], [undefined, 1], bootstrap, { seed: 1 })).toBeUndefined();
  });
});

describe('rankMethods', () => {
  // Difficulty varies far more between images than quality between methods: only pairing tells good from fair.
  const stream = randomStream('ranking');
  const images = Array.from({ length: 60 }, (_, i) => i);
  const method = (quality: number, index: number) =>
    images.map((i) => 10 * stream.normal(i) + quality + stream.normal(1000 * index + i));
  const values = new Map([
    ['poor', method(0, 1)],
    ['good', method(3, 2)],
    ['fair', method(2, 3)],
    ['fair too', method(2, 4)],
  ]);

  it('orders by mean and names the statistically tied', () => {
    const { images, methods, comparisons } = rankMethods(values, 'higher', bootstrap, { seed: 1 });
    expect(images).toBe(60);
    expect(methods.map(({ id }) => id).filter((id) => !id.startsWith('fair'))).toEqual(['good', 'poor']);
    expect(methods.map(({ rank }) => rank)).toEqual([1, 2, 3, 4]);
    expect(Object.fromEntries(methods.map(({ id, tiedWith }) => [id, tiedWith]))).toEqual({
      good: [],
      fair: ['fair too'],
      'fair too': ['fair'],
      poor: [],
    });
    expect(comparisons).toHaveLength(6);
    for (const { pValue, adjustedPValue, difference } of comparisons) {
      expect(adjustedPValue).toBeGreaterThanOrEqual(pValue);
      expect(difference.value).toBeGreaterThanOrEqual(0);
    }
  });

  it('separates many methods that differ on every image: permutations suffice for all their pairs', () => {
    const many = new Map(
      Array.from({ length: 34 }, (_, m) => [`${m}`, Array.from({ length: 30 }, (_, i) => i + 2 ** m)]),
    );
    const { methods } = rankRanges(many, 'higher', { seed: 1 });
    expect(methods.map(({ first, last }) => [first, last])).toEqual(
      Array.from({ length: 34 }, (_, i) => [i + 1, i + 1]),
    );
  });

  it('turns round where lower is better', () => {
    const up = rankMethods(values, 'higher', bootstrap, { seed: 1 }).methods.map(({ id }) => id);
    const down = rankMethods(values, 'lower', bootstrap, { seed: 1 }).methods.map(({ id }) => id);
    expect(down).toEqual(up.toReversed());
  });

  it('uses the images that all methods have', () => {
    const few = new Map([
      ['a', [1, 2, undefined]],
      ['b', [5, undefined, 7]],
    ]);
    const { images, methods } = rankMethods(few, 'higher', bootstrap, { seed: 1 });
    expect(images).toBe(1);
    expect(methods).toEqual([
      { id: 'b', rank: 1, mean: 5, tiedWith: ['a'] },
      { id: 'a', rank: 2, mean: 1, tiedWith: ['b'] },
    ]);
    expect(rankMethods(new Map([['a', [undefined]]]), 'higher', bootstrap, { seed: 1 }).methods).toEqual([]);
  });
});

describe('so few images that nothing can be separated', () => {
  /** Methods that differ by 1 and more on every image. */
  const apart = (methods: number, images: number) =>
    new Map(
      Array.from({ length: methods }, (_, m) => [
        `method ${m}`,
        Array.from({ length: images }, (_, i) => m + 0.01 * m * i),
      ]),
    );
  const rank = (methods: number, images: number) =>
    rankMethods(apart(methods, images), 'higher', bootstrap, { seed: 1 });

  it.each([
    // 15 pairs: 15 * 2 / 2^9 = 0.059, 15 * 2 / 2^10 = 0.029.
    [6, 10],
    // One pair: 2 / 2^5 = 0.063, 2 / 2^6 = 0.031.
    [2, 6],
  ])('%i methods need %i', (methods, fewest) => {
    for (const images of [fewest - 1, fewest]) {
      const ranking = rank(methods, images);
      expect(ranking.fewest).toBe(fewest);
      const ties = ranking.methods.flatMap(({ tiedWith }) => tiedWith);
      // Every method is tied with every other, neighbours or not; or none is with any.
      expect(ties).toHaveLength(images < fewest ? methods * (methods - 1) : 0);
    }
  });
});

describe('numbers that are not finite', () => {
  const broken = [1, Number.NaN, 3];
  it.each([Number.NaN, Number.POSITIVE_INFINITY])('%d gives neither an estimate nor a p', (value) => {
    expect(compare([1, value, 3], [1, 2, 3], bootstrap, { seed: 1 })).toBeUndefined();
    expect(signFlipTest([1, value], { seed: 1 })).toBeUndefined();
    expect(bootstrap.mean([1, value])).toBeUndefined();
    expect(bootstrap.mean(Array.from({ length: 9 }, (_, i) => (i === 0 ? value : i)))).toBeUndefined();
  });

  it('an image that has one is left out of a ranking', () => {
    const values = new Map([
      ['a', broken],
      ['b', [2, 2, 2]],
    ]);
    expect(rankMethods(values, 'higher', bootstrap, { seed: 1 }).images).toBe(2);
    expect(bootstrap.share([1, Number.NaN])).toBeUndefined();
  });
});

describe('rankRanges', () => {
  const images = Array.from({ length: 10 }, (_, i) => i);
  const noise = (i: number) => (i % 2) / 100;
  const values = new Map([
    ['worst', images.map((i) => 0.1 + noise(i))],
    ['one', images.map((i) => 0.5 + noise(i))],
    ['other', images.map((i) => 0.505 - noise(i) / 2)],
  ]);

  it('the rank of the mean, and what ties leave open of it', () => {
    const { images: counted, methods } = rankRanges(values, 'higher', { seed: 1 });
    expect(counted).toBe(10);
    // Ten differences of one sign: p = 2 / 2^10, times three pairs, separates the worst from both others.
    expect(methods).toEqual([
      { id: 'one', mean: expect.closeTo(0.505, 12), rank: 1, first: 1, last: 2 },
      { id: 'other', mean: expect.closeTo(0.5025, 12), rank: 2, first: 1, last: 2 },
      { id: 'worst', mean: expect.closeTo(0.105, 12), rank: 3, first: 3, last: 3 },
    ]);
    const turned = rankRanges(values, 'lower', { seed: 1 }).methods;
    expect(turned.map(({ id, rank, first, last }) => [id, rank, first, last])).toEqual([
      ['worst', 1, 1, 1],
      ['other', 2, 2, 3],
      ['one', 3, 2, 3],
    ]);
  });

  it('equal means share a rank, and images without a value count for none', () => {
    const equal = new Map([
      ['a', [1, 2, undefined]],
      ['b', [2, 1, 9]],
      ['c', [0, 0, 0]],
    ]);
    const { images: counted, methods } = rankRanges(equal, 'higher', { seed: 1 });
    expect(counted).toBe(2);
    expect(methods.map(({ id, rank }) => [id, rank])).toEqual([
      ['a', 1],
      ['b', 1],
      ['c', 3],
    ]);
    expect(rankRanges(new Map([['a', [undefined]]]), 'higher', { seed: 1 }).methods).toEqual([]);
  });
});

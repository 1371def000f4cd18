import { describe, expect, it } from 'vitest';
import {
  judgeReaction,
  pearson,
  SIMILARITIES,
  type Similarity,
  spearman,
  ssim,
} from '../../src/metrics/similarity.js';
import { randomStream } from '../../src/random.js';

describe('correlations', () => {
  it('agree with scipy, ties included', () => {
    const [a, b] = [
      [1, 2, 2, 4, 5],
      [3, 1, 4, 4, 2],
    ];
    expect(spearman(a, b)).toBeCloseTo(-0.026315789473684213, 12);
    expect(pearson(a, b)).toBeCloseTo(-0.023338001400466813, 12);
  });

  it('rank correlation sees order only', () => {
    expect(spearman([1, 2, 3, 4], [1, 10, 100, 1000])).toBe(1);
    expect(spearman([1, 2, 3, 4], [5, 4, 3, -9])).toBe(-1);
  });

  it('have no value where nothing varies', () => {
    expect(spearman([1, 2], [3, 3])).toBeUndefined();
    expect(pearson([], [])).toBeUndefined();
    // 0.1 + 0.1 + 0.1 is not 3 times 0.1.
    expect(pearson([0.1, 0.1, 0.1], [0, 1, 4])).toBeUndefined();
    expect(() => pearson([1], [1, 2])).toThrow('lengths 1 and 2 differ');
  });
});

describe('SIMILARITIES', () => {
  const [width, height] = [14, 13];
  const index = Array.from({ length: width * height }, (_, i) => i);
  const first = index.map((i) => Math.sin(i * 0.37));
  const second = index.map((i) => Math.sin(i * 0.37) * 0.6 + Math.cos(i * i * 0.11) * 0.5);

  // Reference: numpy, every window of 11 x 11 weighted by the outer product of two Gaussians; scipy.stats.spearmanr.
  it.each<[Similarity, number]>([
    ['ssim', 0.630788624251017],
    ['ssim_absolute', 0.3480730752870864],
    ['spearman', 0.7825686676334261],
    ['spearman_absolute', 0.3202061049176347],
  ])('%s agrees with an independent implementation', (kind, expected) => {
    expect(SIMILARITIES[kind]({ first, second, width })).toBeCloseTo(expected, 10);
  });

  it('do not depend on the scale of a heatmap, and are 1 for equal ones', () => {
    for (const similarity of Object.values(SIMILARITIES)) {
      const pair = { first, second: second.map((value) => 1e-5 * value), width };
      expect(similarity(pair)).toBeCloseTo(similarity({ first, second, width }) as number, 10);
      expect(similarity({ first, second: first, width })).toBeCloseTo(1, 12);
    }
  });

  it('only signed rank correlation surely tells a heatmap from its negative', () => {
    const pair = { first, second: first.map((value) => -value), width };
    expect(SIMILARITIES.spearman(pair)).toBeCloseTo(-1, 12);
    expect(SIMILARITIES.spearman_absolute(pair)).toBeCloseTo(1, 12);
    expect(SIMILARITIES.ssim_absolute(pair)).toBeCloseTo(1, 12);
  });

  it('SSIM needs a map as large as its window', () => {
    expect(ssim({ first: first.slice(0, 140), second: second.slice(0, 140), width: 14 }, 1)).toBeUndefined();
    expect(SIMILARITIES.ssim({ first, second, width: width * height })).toBeUndefined();
  });

  it('a map that died compares with one that lives: no order, hardly any structure', () => {
    const pair = { first, second: new Float64Array(first.length), width };
    expect(SIMILARITIES.spearman(pair)).toBeUndefined();
    expect(SIMILARITIES.ssim(pair)).toBeLessThan(0.1);
  });

  it('independent maps are not similar', () => {
    const noise = (key: string) => randomStream(key).normals(100 * 100);
    const pair = { first: noise('a'), second: noise('b'), width: 100 };
    // four standard errors of a correlation of 10,000 pixels
    expect(Math.abs(SIMILARITIES.spearman(pair) as number)).toBeLessThan(0.04);
    expect(Math.abs(SIMILARITIES.ssim(pair) as number)).toBeLessThan(0.04);
  });
});

describe('judgeReaction', () => {
  it('flags a method that stays as it was', () => {
    expect(judgeReaction([0.9, 0.8, undefined, 1], 0.7)).toEqual({
      images: 3,
      similarity: expect.closeTo(0.9, 12),
      reacts: false,
    });
    expect(judgeReaction([0.5, -0.5], 0.7)).toEqual({ images: 2, similarity: 0, reacts: true });
    expect(judgeReaction([0.7], 0.7)?.reacts).toBe(true);
  });

  it('says nothing of no images', () => {
    expect(judgeReaction([undefined], 0.7)).toBeUndefined();
  });
});

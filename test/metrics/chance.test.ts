import { describe, expect, it } from 'vitest';
import { atLeast, isNearChance } from '../../src/metrics/chance.js';

describe('atLeast', () => {
  it('by hand', () => {
    expect(atLeast(0, 5, 0.1)).toBe(1);
    expect(atLeast(1, 2, 0.5)).toBeCloseTo(3 / 4, 12);
    expect(atLeast(2, 3, 0.5)).toBeCloseTo(1 / 2, 12);
    expect(atLeast(1, 10, 0.1)).toBeCloseTo(1 - 0.9 ** 10, 12);
  });

  it('holds for as many images as ILSVRC has', () => {
    expect(atLeast(50, 50_000, 0.001)).toBeCloseTo(0.5188, 3);
    expect(atLeast(35_000, 50_000, 0.001)).toBeLessThan(1e-12);
  });
});

describe('isNearChance', () => {
  it.each([
    ['nothing hit', 0, 20, 1 / 10, true],
    ['as guessed', 2, 20, 1 / 10, true],
    ['half of ten classes', 10, 20, 1 / 10, false],
    ['a weak classifier, on enough images', 160, 1000, 1 / 10, false],
    ['half of two classes', 10, 20, 1 / 2, true],
    ['few images, all hit', 2, 2, 1 / 2, false],
    ['two of three', 2, 3, 1 / 2, true],
    ['no image', 0, 0, 1 / 2, false],
  ])('%s', (_, hits, count, chance, near) => {
    expect(isNearChance(hits, count, chance)).toBe(near);
  });
});

import { describe, expect, it } from 'vitest';
import {
  intersectionOverUnion,
  pixelAccuracy,
  pixelAuc,
  pixelAveragePrecision,
  topIntersection,
} from '../../src/metrics/segmentation.js';

const sample = (relevance: number[], mask: number[]) => ({ relevance, mask: Uint8Array.from(mask) });

describe('a heatmap as a segmentation, by hand', () => {
  it('pixels above the mean, which are not those that equal it', () => {
    // Mean 2: predicted are 4 and 3; both are inside or outside once.
    const one = sample([4, 2, 3, 0, 1], [1, 1, 0, 0, 0]);
    expect(intersectionOverUnion(one)).toBe(1 / 3);
    expect(pixelAccuracy(one)).toBe(3 / 5);
    // A map that tells nothing predicts nothing.
    const flat = sample([2, 2, 2, 2], [1, 0, 0, 0]);
    expect(intersectionOverUnion(flat)).toBe(0);
    expect(pixelAccuracy(flat)).toBe(3 / 4);
  });

  it('area under the ROC curve: pairs, those of equal relevance by half', () => {
    // Of 2 x 3 pairs, 3 wins 3; 1 wins one, ties with one and loses one.
    expect(pixelAuc(sample([3, 1, 0, 1, 2], [1, 1, 0, 0, 0]))).toBe((3 + 1.5) / 6);
    expect(pixelAuc(sample([5, 5, 5, 5], [1, 0, 0, 1]))).toBe(1 / 2);
  });

  it('average precision takes equal pixels together', () => {
    // 3: 1 of 1; then 1 and 1 together: 2 of 3.
    expect(pixelAveragePrecision(sample([3, 1, 0, 1], [1, 1, 0, 0]))).toBeCloseTo((1 + 2 / 3) / 2, 12);
    expect(pixelAveragePrecision(sample([5, 5, 5, 5], [1, 0, 0, 0]))).toBe(1 / 4);
  });

  it('the most relevant pixels, equal ones at their chance', () => {
    expect(topIntersection(sample([3, 1, 0, 1], [1, 1, 0, 0]), 1)).toBe(1);
    // One place is left for two equal pixels, of which one is inside.
    expect(topIntersection(sample([3, 1, 0, 1], [1, 1, 0, 0]), 2)).toBe(1.5 / 2);
    expect(topIntersection(sample([0, 0, 0, 0], [0, 0, 0, 1]), 2)).toBe(1 / 4);
  });

  it('have no value of masks that tell nothing apart', () => {
    const [all, none] = [sample([1, 2], [1, 1]), sample([1, 2], [0, 0])];
    for (const of of [intersectionOverUnion, pixelAccuracy, pixelAuc, pixelAveragePrecision])
      expect([of(all), of(none)]).toEqual([undefined, undefined]);
    expect([topIntersection(none, 1), topIntersection(all, 3)]).toEqual([undefined, undefined]);
  });
});

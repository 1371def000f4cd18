import { describe, expect, it } from 'vitest';
import {
  averageDrop,
  averageGain,
  averageIncrease,
  completenessGap,
  irof,
  monotonicity,
  monotonicityCorrelation,
  rankGroups,
  saco,
  subsetCorrelation,
  unitRange,
} from '../../src/metrics/faithfulness.js';

describe('average drop, increase and gain', () => {
  const known = (own: number, others: number) => ({ own, others });

  it('by hand: 0.8 becomes 0.6, 0.9', () => {
    const whole = known(0.8, 0.2);
    const [lower, higher] = [known(0.6, 0.4), known(0.9, 0.1)];
    expect(averageDrop({ whole, weighed: lower })).toBeCloseTo(0.25, 12);
    expect(averageIncrease({ whole, weighed: lower })).toBe(0);
    expect(averageGain({ whole, weighed: lower })).toBe(0);
    expect(averageDrop({ whole, weighed: higher })).toBe(0);
    expect(averageIncrease({ whole, weighed: higher })).toBe(1);
    expect(averageIncrease({ whole, weighed: whole })).toBe(0);
    expect(averageGain({ whole, weighed: higher })).toBeCloseTo(0.5, 12);
  });

  it.each([1e-12, 1e-18, 1e-300])('keep their digits where all others have %f together', (others) => {
    const pair = { whole: known(1 - others, others), weighed: known(1 - others / 4, others / 4) };
    expect(averageGain(pair)).toBeCloseTo(0.75, 14);
    expect(averageIncrease(pair)).toBe(1);
    const back = { whole: pair.weighed, weighed: pair.whole };
    expect((averageDrop(back) as number) / others).toBeCloseTo(0.75, 11);
    expect(averageGain(back)).toBe(0);
  });

  it.each([1e-12, 1e-300])('keep their digits where the class has %f', (own) => {
    const pair = { whole: known(own, 1 - own), weighed: known(own / 4, 1 - own / 4) };
    expect(averageDrop(pair)).toBeCloseTo(0.75, 14);
    const back = { whole: pair.weighed, weighed: pair.whole };
    expect((averageGain(back) as number) / own).toBeCloseTo(0.75, 11);
    expect(averageIncrease(back)).toBe(1);
  });

  it('have no value where they divide by 0', () => {
    expect(averageGain({ whole: known(1, 0), weighed: known(1, 0) })).toBeUndefined();
    expect(averageDrop({ whole: known(0, 1), weighed: known(0, 1) })).toBeUndefined();
  });
});

describe('by hand', () => {
  it('a heatmap weighs from 0 at its least to 1 at its largest value; a flat one is 0', () => {
    expect(Array.from(unitRange([-2, 0, 2]))).toEqual([0, 0.5, 1]);
    expect(Array.from(unitRange([3, 3]))).toEqual([0, 0]);
  });

  it('subsets: Pearson, none where the relevance or the score does not vary', () => {
    expect(subsetCorrelation([1, 2, 3], [2, 4, 7])).toBeCloseTo(5 / Math.sqrt(2 * (38 / 3)), 12);
    expect(subsetCorrelation([1, 2, 3], [5, 5, 5])).toBeUndefined();
  });

  it('IROF: one less the mean height of the trapezoids', () => {
    // 1, 1/2, 1/4: 3/4 and 3/8.
    expect(irof([0.8, 0.4, 0.2])).toBeCloseTo(1 - (3 / 4 + 3 / 8) / 2, 12);
    expect(irof([0.5, 1, 1])).toBeCloseTo(1 - (1.5 + 2) / 2, 12);
    expect(irof([0, 0.4, 0.2])).toBeUndefined();
  });

  it('monotonicity: a step without a change does not fall', () => {
    expect(monotonicity([0.1, 0.1, 0.3, 0.2])).toBe(2 / 3);
    expect(monotonicity([0.1])).toBeUndefined();
  });

  it('monotonicity correlation: ranks of |relevance| and of the mean squared relative change', () => {
    // (1 - drawn)^2: 1; (1/4 + 0)/2; 0.36, which is the order of 3, 1, 2.
    expect(monotonicityCorrelation([-3, 1, 2], 1, [[0], [0.5, 1], [0.4]])).toBe(1);
    // In the signs' order it would be -1/2; changes in either direction count.
    expect(monotonicityCorrelation([-1, 2, 3], 2, [[2], [1], [4]])).toBe(1);
    expect(monotonicityCorrelation([1, 2], 0, [[0], [1]])).toBeUndefined();
  });

  it('SaCo: pairs weigh what their relevance differs by; equal losses are for the heatmap', () => {
    // 5 - 3 and 3 - 0 agree, 5 - 0 as well.
    expect(saco([5, 3, 0], [0.3, 0.2, 0.1])).toBe(1);
    // 5 before 3 does not: (-2 + 5 + 3) / 10.
    expect(saco([5, 3, 0], [0.2, 0.3, 0.1])).toBe(0.6);
    expect(saco([5, 3], [0.2, 0.2])).toBe(1);
    expect(saco([3, 3], [0.2, 0.1])).toBeUndefined();
  });

  it('groups of pixels by rank, equal ones by index', () => {
    const groups = rankGroups([1, 9, 1, 5, 7], 2);
    expect(groups.map((group) => Array.from(group))).toEqual([
      [1, 4],
      [3, 0, 2],
    ]);
  });

  it('completeness gap: relative to what the score changes by', () => {
    expect(completenessGap([1, 2, 0.5], 7, 2)).toBeCloseTo(1.5 / 5, 12);
    expect(completenessGap([-3, -2], 2, 7)).toBe(0);
    expect(completenessGap([1], 2, 2)).toBeUndefined();
  });
});

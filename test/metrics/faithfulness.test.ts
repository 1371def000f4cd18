import { describe, expect, it } from 'vitest';
import { averageDrop, averageGain, averageIncrease } from '../../src/metrics/faithfulness.js';

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

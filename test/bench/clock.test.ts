import { describe, expect, it } from 'vitest';
import { interleave, median, medianRatio, processorTime } from '../../src/bench/clock.js';

describe('median', () => {
  it('is the middle one, or the mean of the two in the middle', () => {
    expect(median([5, 1, 3])).toBe(3);
    expect(median([4, 1, 10, 2])).toBe(3);
    expect(median([7])).toBe(7);
  });

  it('of ratios compares within rounds: a slow round slows both', () => {
    expect(medianRatio([2, 40, 6], [1, 10, 3])).toBe(2);
  });
});

describe('interleave', () => {
  it('measures in turn and does not count the first round', async () => {
    const order: string[] = [];
    const measure = (name: string) => async () => {
      order.push(name);
      return order.length;
    };
    const seconds = await interleave({ a: measure('a'), b: measure('b') }, 2);
    expect(order.join('')).toBe('ababab');
    expect(seconds).toEqual({ a: [3, 5], b: [4, 6] });
  });
});

describe('processorTime', () => {
  it('does short work often enough to measure it, and gives the time of one', async () => {
    let times = 0;
    const measure = processorTime(async () => {
      times++;
      const end = performance.now() + 1;
      while (performance.now() < end);
    });
    const seconds = await measure();
    expect(times).toBeGreaterThan(40);
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThan(0.05);
  });

  it('does not count waiting', async () => {
    const seconds = await processorTime(async () => {
      for (let sum = 0; sum < 1e8; sum++);
      await new Promise((resolve) => setTimeout(resolve, 2000));
    })();
    expect(seconds).toBeLessThan(1.5);
  });
});

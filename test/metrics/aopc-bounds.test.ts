import { describe, expect, it } from 'vitest';
import { aopc } from '../../src/metrics/aopc.js';
import { normaliseByBounds, searchAopcBounds } from '../../src/metrics/aopc-bounds.js';

describe('normaliseByBounds', () => {
  it('maps the bounds to 0 and 1', () => {
    const bounds = { lower: -1, upper: 3 };
    expect([-1, 0, 3].map((value) => normaliseByBounds(value, bounds))).toEqual([0, 0.25, 1]);
  });

  it('has no value where every order scores the same', () => {
    expect(normaliseByBounds(2, { lower: 2, upper: 2 })).toBeUndefined();
  });
});

describe('searchAopcBounds', () => {
  // Four regions; 0 and 1 matter only together (an AND), 2 a little, 3 counts against the class.
  const score = (set: readonly number[]) =>
    10 - (set.includes(0) && set.includes(1) ? 6 : 0) - (set.includes(2) ? 1 : 0) + (set.includes(3) ? 2 : 0);
  const scores = async (sets: readonly (readonly number[])[]) => sets.map(score);

  function* orders(rest: number[], done: number[] = []): Generator<number[]> {
    if (rest.length === 0) yield done;
    for (const next of rest) {
      yield* orders(
        rest.filter((region) => region !== next),
        [...done, next],
      );
    }
  }

  it.each([1, 2, 3, 4])('finds what trying all orders finds, over %i steps', async (steps) => {
    const all = [...orders([0, 1, 2, 3])].map((order) => {
      const curve = Array.from({ length: steps + 1 }, (_, k) => score(order.slice(0, k)));
      return aopc(curve) as number;
    });
    const { lower, upper } = await searchAopcBounds(4, steps, 6, scores);
    expect(lower).toBeCloseTo(Math.min(...all), 12);
    expect(upper).toBeCloseTo(Math.max(...all), 12);
  });

  it('a greedy beam stays within the exact bounds and may miss them', async () => {
    const greedy = await searchAopcBounds(4, 2, 1, scores);
    const exact = await searchAopcBounds(4, 2, 6, scores);
    // Greedy takes region 2 first (scores 9 and 9); the best order is 0, 1 (scores 10 and 4).
    expect(greedy.upper).toBeCloseTo(2 / 3, 12);
    expect(exact.upper).toBe(2);
    expect(greedy.lower).toBeGreaterThanOrEqual(exact.lower);
  });
});

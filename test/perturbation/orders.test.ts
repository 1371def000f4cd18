import { describe, expect, it } from 'vitest';
import { rankRegions, regionOrder } from '../../src/perturbation/orders.js';

const key = { seed: 1, imageId: 'a', repeat: 0 };

describe('rankRegions', () => {
  it('sorts by relevance, descending, and equal ones by index', () => {
    expect([...rankRegions([0, 2, -1, 2, 0])]).toEqual([1, 3, 0, 4, 2]);
    expect([...rankRegions(new Float64Array(50))]).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });

  it('names the region whose relevance is not a number', () => {
    expect(() => rankRegions([1, Number.NaN])).toThrow(/not a number in region 1/);
  });
});

describe('regionOrder', () => {
  const ranking = rankRegions([0, 2, -1, 2, 0]);

  it('MoRF walks the ranking from its start, LeRF from its end', () => {
    expect([...regionOrder('morf', ranking, 3, key)]).toEqual([1, 3, 0]);
    expect([...regionOrder('lerf', ranking, 3, key)]).toEqual([2, 4, 0]);
  });

  it('draws one random order for each image and repeat, whatever the relevance', () => {
    const ranking = Int32Array.from({ length: 100 }, (_, i) => i);
    const order = (overrides: object, base = ranking) => [
      ...regionOrder('random', base, 100, { ...key, ...overrides }),
    ];
    expect(order({})).toEqual(order({}, ranking.slice().reverse()));
    expect(order({}).toSorted((a, b) => a - b)).toEqual([...ranking]);
    for (const other of [{ seed: 2 }, { imageId: 'b' }, { repeat: 1 }])
      expect(order(other)).not.toEqual(order({}));
    expect([...regionOrder('random', ranking, 7, key)]).toEqual(order({}).slice(0, 7));
  });

  it('refuses more steps than regions', () => {
    expect(() => regionOrder('morf', ranking, 6, key)).toThrow(/expected 1 to 5 .* got 6/);
  });
});

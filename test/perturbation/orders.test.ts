import { describe, expect, it } from 'vitest';
import { layoutOf } from '../../src/input/layout.js';
import { unitOrders } from '../../src/perturbation/orders.js';
import { gridUnits, labelledUnits } from '../input/regions.js';

const key = { seed: 1, imageId: 'a', repeat: 0 };
/** Every feature is a unit, so its relevance is the heatmap's value. */
const features = (count: number) => gridUnits([count], 1);

describe('orders of units', () => {
  const orderOf = unitOrders([0, 2, -1, 2, 0], features(5));

  it('sort by relevance, descending, and equal ones by index', () => {
    expect([...orderOf('morf', 5, key)]).toEqual([1, 3, 0, 4, 2]);
    const ties = unitOrders(new Float64Array(50), features(50));
    expect([...ties('morf', 50, key)]).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });

  it('MoRF walks the ranking from its start, LeRF from its end', () => {
    expect([...orderOf('morf', 3, key)]).toEqual([1, 3, 0]);
    expect([...orderOf('lerf', 3, key)]).toEqual([2, 4, 0]);
  });

  it('rank units of any form by the sum over their places', () => {
    const units = labelledUnits(layoutOf([1, 2, 3]), [0, 1, 1, 2, 2, 0]);
    // Sums: 5 + -4 = 1, 2 + 1 = 3, -1 + 0 = -1.
    expect([...unitOrders([5, 2, 1, -1, 0, -4], units)('morf', 3, key)]).toEqual([1, 0, 2]);
  });

  it('name the unit whose relevance is not a number', () => {
    expect(() => unitOrders([1, Number.NaN], features(2))).toThrow(
      /not a number in region 1: regions cannot/,
    );
  });

  it('of the random baseline: one for each image and repeat, whatever the relevance', () => {
    const count = 100;
    const order = (overrides: object, heatmap = new Float32Array(count)) => [
      ...unitOrders(heatmap, features(count), true)('morf', count, { ...key, ...overrides }),
    ];
    expect(order({})).toEqual(
      order(
        {},
        Float32Array.from({ length: count }, (_, i) => i),
      ),
    );
    expect(order({}).toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
    for (const other of [{ seed: 2 }, { imageId: 'b' }, { repeat: 1 }])
      expect(order(other)).not.toEqual(order({}));
    const orderOf = unitOrders(new Float32Array(count), features(count), true);
    expect([...orderOf('morf', 7, key)]).toEqual(order({}).slice(0, 7));
    expect([...orderOf('lerf', 7, key)]).toEqual(order({}).slice(-7).reverse());
  });

  it('refuse more steps than regions', () => {
    expect(() => orderOf('morf', 6, key)).toThrow(/expected 1 to 5 .* got 6/);
  });
});

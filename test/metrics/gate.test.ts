import { describe, expect, it } from 'vitest';
import { compareWithBaseline, type ValuesByImage } from '../../src/metrics/gate.js';
import { randomStream } from '../../src/random.js';

const CONFIDENCE = 0.95;
const images = Array.from({ length: 30 }, (_, i) => `image-${i}`);
const stream = randomStream('gate');

/** AOPC around 10, varying much between images. */
const baseline: ValuesByImage = new Map(images.map((image, i) => [image, 10 + 3 * stream.normal(i)]));
const moved = (by: number, noise: number, key = 1) =>
  new Map(
    images.map((image, i) => [
      image,
      (baseline.get(image) as number) + by + noise * stream.normal(1000 * key + i),
    ]),
  );
const gate = (run: ValuesByImage, direction: 'higher' | 'lower' = 'higher') =>
  compareWithBaseline(baseline, run, direction, 0.05, CONFIDENCE);

describe('compareWithBaseline', () => {
  it('the same run again is unchanged, with a difference of exactly 0', () => {
    expect(gate(baseline)).toMatchObject({
      verdict: 'unchanged',
      difference: { images: 30, value: 0, low: 0, high: 0 },
      missing: [],
    });
  });

  it('noise of another seed is no drop', () => {
    for (let key = 1; key <= 20; key++) expect(gate(moved(0, 0.5, key)).verdict).toBe('unchanged');
  });

  it('a drop beyond the tolerance is one, a smaller one is not', () => {
    const { tolerance, verdict, difference } = gate(moved(-2, 0.5));
    expect(tolerance).toBeCloseTo(0.5, 0);
    expect(verdict).toBe('dropped');
    expect(difference?.high).toBeLessThan(-tolerance);
    expect(gate(moved(-0.2, 0.5)).verdict).toBe('unchanged');
  });

  it('a drop that may be chance is none', () => {
    const { verdict, difference, tolerance } = gate(moved(-1, 5));
    expect(verdict).toBe('unchanged');
    expect(difference?.low).toBeLessThan(-tolerance);
  });

  it('improves, and turns round where lower is better', () => {
    expect(gate(moved(2, 0.5)).verdict).toBe('improved');
    expect(gate(moved(2, 0.5), 'lower').verdict).toBe('dropped');
    expect(gate(moved(-2, 0.5), 'lower').verdict).toBe('improved');
  });

  it('lists missing images, and a drop on the others outweighs them', () => {
    const without = (run: Map<string, number>) => new Map([...run].filter(([image]) => image !== 'image-3'));
    expect(gate(without(moved(0, 0)))).toMatchObject({
      verdict: 'missing',
      missing: ['image-3'],
      difference: { images: 29 },
    });
    expect(gate(without(moved(-2, 0))).verdict).toBe('dropped');
    expect(gate(new Map())).toMatchObject({ verdict: 'missing', baseline: undefined, difference: undefined });
    expect(gate(new Map()).missing).toHaveLength(30);
  });

  it('images that only the run has do not count', () => {
    const more = new Map([...baseline, ['new', -1000]]);
    expect(gate(more)).toMatchObject({ verdict: 'unchanged', difference: { images: 30 } });
  });

  it('one image: its difference decides', () => {
    const one = (value: number) =>
      compareWithBaseline(new Map([['a', 10]]), new Map([['a', value]]), 'higher', 0.05, CONFIDENCE).verdict;
    expect([one(9.6), one(9.4), one(10.6)]).toEqual(['unchanged', 'dropped', 'improved']);
  });

  it('a negative baseline has a tolerance too', () => {
    const found = compareWithBaseline(
      new Map([['a', -10]]),
      new Map([['a', -10.4]]),
      'higher',
      0.05,
      CONFIDENCE,
    );
    expect(found).toMatchObject({ verdict: 'unchanged', tolerance: 0.5 });
  });
});

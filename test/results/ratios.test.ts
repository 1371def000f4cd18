import { describe, expect, it } from 'vitest';
import { ratioNotes, ratioTable } from '../../src/evaluation/families/perturbation/ratios.js';
import type { Row } from '../../src/evaluation/families/rows.js';
import { createBootstrap } from '../../src/metrics/bootstrap.js';

const bootstrap = createBootstrap({ seed: 1, method: 'percentile' });
const row = (method: string, image: number, value: number, network = 'net'): Row<Record<string, number>> => ({
  network,
  method,
  image: String(image),
  class: 'cat',
  part: { aopc_morf_vs_random: value },
});
const table = (of: (i: number) => readonly [number, number], images = 20) =>
  ratioTable(
    Array.from({ length: images }, (_, i) => {
      const [reference, value] = of(i);
      return [row('lrp-zplus', i, reference), row('random', i, 0), row('gradient-l2', i, value)];
    }).flat(),
    bootstrap,
  );

describe('how much of the first method’s AOPC another one reaches', () => {
  it('is the ratio of the means, with an interval of its own: none of its width where all images agree on it', () => {
    // Images differ by a factor of 20, ratios do not.
    const [only, ...rest] = table((i) => [2 * (i + 1), i + 1]);
    expect(rest).toEqual([]);
    expect(only).toMatchObject({ method: 'gradient-l2', reference: 'lrp-zplus', images: 20 });
    const { value, low, high } = only?.metrics.ratio ?? {};
    for (const number of [value, low, high]) expect(number).toBeCloseTo(0.5, 12);
    expect(ratioNotes([only as NonNullable<typeof only>])).toEqual([
      'gradient-l2 reaches 0.5 [0.5,\u00a00.5] of lrp-zplus on net (AOPC (MoRF) minus random)',
    ]);
  });

  it('is wide where images disagree, and covers the ratio of the means', () => {
    // 1 and 3 in turn, against 2: the ratio is 1, while single images give 2 and 2/3.
    const { value = 0, low = 0, high = 0 } = table((i) => [i % 2 === 0 ? 1 : 3, 2])[0]?.metrics.ratio ?? {};
    expect(value).toBe(1);
    expect(low).toBeGreaterThan(2 / 3);
    expect(low).toBeLessThan(0.9);
    expect(high).toBeGreaterThan(1.1);
    expect(high).toBeLessThan(2);
  });

  it('has no interval where the reference may be no better than chance, and no value where it is not', () => {
    expect(table((i) => [i % 2 === 0 ? 5 : -4, 1])[0]?.metrics.ratio).toEqual({ images: 20, value: 2 });
    expect(table(() => [-1, 1])).toEqual([]);
    expect(table(() => [0, 1])).toEqual([]);
  });

  it('has no interval of fewer than eight images', () => {
    expect(table((i) => [2 * (i + 1), i + 1], 7)[0]?.metrics.ratio).toEqual({ images: 7, value: 0.5 });
  });
});

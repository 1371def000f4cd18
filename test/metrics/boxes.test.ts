import { describe, expect, it } from 'vitest';
import { createBootstrap } from '../../src/metrics/bootstrap.js';
import {
  aggregateRatios,
  BOX_METRICS,
  type BoxMetricId,
  type BoxSample,
  meansOutsideInside,
} from '../../src/metrics/boxes.js';
import { boxMask } from '../../src/metrics/mask.js';
import { relevancePart } from '../../src/metrics/relevance.js';

const box = (left: number, top: number, right: number, bottom: number) => ({ left, top, right, bottom });

/** The mask of a 4 x 3 map, one string a row. */
const drawn = (...boxes: ReturnType<typeof box>[]) => {
  const mask = boxMask(boxes, 4, 3);
  return [0, 4, 8].map((row) => mask.subarray(row, row + 4).join(''));
};

describe('boxMask', () => {
  it.each([
    ['inside', [box(1, 0, 3, 2)], ['0110', '0110', '0000']],
    ['whole image', [box(0, 0, 4, 3)], ['1111', '1111', '1111']],
    ['over the border', [box(-5, 2, 1, 99)], ['0000', '0000', '1000']],
    ['adjacent, sharing no pixel', [box(0, 0, 2, 1), box(2, 1, 4, 2)], ['1100', '0011', '0000']],
    ['overlapping, counted once', [box(0, 0, 2, 1), box(1, 0, 3, 2)], ['1110', '0110', '0000']],
    [
      'an edge at a pixel centre holds it on the left, not on the right',
      [box(0.5, 0, 2.5, 1)],
      ['1100', '0000', '0000'],
    ],
    ['an edge past a pixel centre', [box(0.51, 0, 2.51, 1)], ['0110', '0000', '0000']],
    ['too thin for a centre', [box(0.6, 0, 1.4, 3)], ['0000', '0000', '0000']],
    ['outside the crop', [box(10, 10, 20, 20), box(-9, -9, 0, 0)], ['0000', '0000', '0000']],
    ['upside down or not a number', [box(3, 2, 1, 0), box(Number.NaN, 0, 4, 3)], ['0000', '0000', '0000']],
    ['none', [], ['0000', '0000', '0000']],
  ])('%s', (_, boxes, rows) => {
    expect(drawn(...boxes)).toEqual(rows);
  });
});

describe('relevancePart', () => {
  it('takes signed, positive or absolute relevance', () => {
    const heatmap = Float32Array.of(-2, 0, 3);
    expect([...relevancePart(heatmap, 'signed')]).toEqual([-2, 0, 3]);
    expect([...relevancePart(heatmap, 'positive')]).toEqual([0, 0, 3]);
    expect([...relevancePart(heatmap, 'absolute')]).toEqual([2, 0, 3]);
  });
});

const relevance = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
const value = (id: BoxMetricId, sample: Partial<BoxSample>) =>
  BOX_METRICS[id].of({ relevance, width: 4, tolerance: 0, mask: new Uint8Array(12), ...sample });

describe('ratios of relevance inside and outside, by hand', () => {
  const all = (sample: Partial<BoxSample>) =>
    (['outside-inside', 'inside-total', 'weighted-inside-total', 'mass-accuracy'] as const).map((id) =>
      value(id, sample),
    );

  it('one box', () => {
    // inside 2 + 3 + 6 + 7 = 18 in 4 pixels, outside 60 in 8 pixels
    const mask = boxMask([box(1, 0, 3, 2)], 4, 3);
    expect(all({ mask })).toEqual([7.5 / 4.5, 18 / 78, (18 / 78) * 3, 18 / 78]);
    expect(meansOutsideInside({ relevance, mask })).toEqual({ outside: 7.5, inside: 4.5 });
  });

  it('overlapping boxes and a box over the border', () => {
    expect(value('outside-inside', { mask: boxMask([box(0, 0, 2, 1), box(1, 0, 3, 1)], 4, 3) })).toBe(8 / 2);
    expect(value('outside-inside', { mask: boxMask([box(-5, 2, 1, 99)], 4, 3) })).toBe(69 / 11 / 9);
  });

  it('signed relevance may cancel', () => {
    const signed = [4, -2, 1, 0];
    const mask = Uint8Array.of(1, 1, 0, 0);
    const of = (part: 'signed' | 'positive' | 'absolute') =>
      value('outside-inside', { relevance: relevancePart(signed, part), mask });
    expect([of('signed'), of('positive'), of('absolute')]).toEqual([0.5 / 1, 0.5 / 2, 0.5 / 3]);
  });

  it('a box over the whole image holds all relevance and has no outside', () => {
    const mask = boxMask([box(0, 0, 4, 3)], 4, 3);
    expect(all({ mask })).toEqual([undefined, 1, 1, 1]);
    expect(meansOutsideInside({ relevance, mask })).toBeUndefined();
  });

  it('an empty mask and zero relevance have no value', () => {
    const mask = boxMask([box(1, 0, 3, 2)], 4, 3);
    expect(all({})).toEqual([undefined, undefined, undefined, undefined]);
    expect(all({ mask, relevance: new Float32Array(12) })).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    // relevance outside only: no ratio, but a share of 0
    expect(all({ mask, relevance: relevance.map((_, i) => (mask[i] ? 0 : 1)) })).toEqual([
      undefined,
      0,
      0,
      0,
    ]);
  });

  it('even relevance gives 1 whatever the size of the box', () => {
    for (const right of [1, 2, 3]) {
      const mask = boxMask([box(0, 0, right, 2)], 4, 3);
      const even = new Float32Array(12).fill(0.25);
      expect(value('outside-inside', { mask, relevance: even })).toBe(1);
      expect(value('weighted-inside-total', { mask, relevance: even })).toBeCloseTo(1, 12);
    }
  });

  it('refuses a mask of another shape', () => {
    expect(() => value('inside-total', { mask: new Uint8Array(3) })).toThrow('lengths 12 and 3 differ');
  });
});

describe('rank accuracy', () => {
  it('is the share of the K most relevant pixels inside', () => {
    // the mask holds 7, 8, 11, 12; the four largest are 9, 10, 11, 12
    expect(value('rank-accuracy', { mask: boxMask([box(2, 1, 4, 3)], 4, 3) })).toBe(2 / 4);
    expect(value('rank-accuracy', { mask: boxMask([box(0, 2, 4, 3)], 4, 3) })).toBe(1);
    expect(value('rank-accuracy', { mask: boxMask([box(0, 0, 4, 1)], 4, 3) })).toBe(0);
  });

  it('takes equal pixels at their chance', () => {
    const tied = { relevance: [1, 1, 1, 0], width: 4 };
    expect(value('rank-accuracy', { ...tied, mask: Uint8Array.of(1, 0, 0, 0) })).toBe(1 / 3);
    expect(value('rank-accuracy', { ...tied, mask: Uint8Array.of(0, 0, 1, 1) })).toBe(2 / 3 / 2);
  });

  it('has no value where nothing is ranked', () => {
    expect(value('rank-accuracy', {})).toBeUndefined();
    expect(value('rank-accuracy', { relevance: [0, 0], mask: Uint8Array.of(1, 0) })).toBeUndefined();
  });
});

describe('pointing game', () => {
  const corner = boxMask([box(0, 0, 1, 1)], 4, 3);

  it('hits inside the box, or within the tolerance of it', () => {
    expect(value('pointing-game', { mask: boxMask([box(3, 2, 4, 3)], 4, 3) })).toBe(1);
    // the maximum 12 is 3 columns and 2 rows away: sqrt(13) = 3.6056 pixels
    expect(value('pointing-game', { mask: corner })).toBe(0);
    expect(value('pointing-game', { mask: corner, tolerance: 3.6 })).toBe(0);
    expect(value('pointing-game', { mask: corner, tolerance: 3.61 })).toBe(1);
  });

  it('does not reach round the edge of a row', () => {
    // the maximum is the first pixel of row 1, the mask the last pixel of row 0
    expect(
      value('pointing-game', {
        relevance: [0, 0, 5, 0],
        width: 2,
        mask: Uint8Array.of(0, 1, 0, 0),
        tolerance: 1,
      }),
    ).toBe(0);
    expect(
      value('pointing-game', {
        relevance: [0, 0, 5, 0],
        width: 2,
        mask: Uint8Array.of(1, 0, 0, 0),
        tolerance: 1,
      }),
    ).toBe(1);
  });

  it('shares the point among equal maxima', () => {
    expect(
      value('pointing-game', { relevance: [7, 0, 0, 7], width: 4, mask: Uint8Array.of(1, 0, 0, 0) }),
    ).toBe(0.5);
  });

  it('counts neither an empty mask nor a flat map as a hit', () => {
    expect(value('pointing-game', { tolerance: 99 })).toBeUndefined();
    expect(value('pointing-game', { relevance: new Float32Array(12), mask: corner })).toBeUndefined();
  });
});

describe('aggregateRatios', () => {
  const bootstrap = createBootstrap({ seed: 1 });
  const parts = [
    { image: 'a', outside: 1, inside: 2 },
    { image: 'b', outside: 3, inside: 2 },
    { image: 'a', outside: 1, inside: 1 },
    { image: 'c', outside: 1, inside: 4 },
  ];

  it('mean of ratios: an image with two targets counts once', () => {
    // a: (1/2 + 1) / 2, b: 3/2, c: 1/4
    const found = aggregateRatios(parts, 'mean-of-ratios', bootstrap);
    expect(found).toMatchObject({ images: 3, value: (0.75 + 1.5 + 0.25) / 3 });
    expect(found?.low).toBeLessThan(found?.value as number);
    expect(found?.high).toBeGreaterThan(found?.value as number);
  });

  it('ratio of means', () => {
    // outside 1, 3, 1; inside 1.5, 2, 4
    const found = aggregateRatios(parts, 'ratio-of-means', bootstrap);
    expect(found?.images).toBe(3);
    expect(found?.value).toBeCloseTo(5 / 7.5, 12);
  });

  it('an image without relevance inside has no ratio, but a place in the ratio of means', () => {
    const more = [...parts, { image: 'd', outside: 1, inside: 0 }];
    expect(aggregateRatios(more, 'mean-of-ratios', bootstrap)).toMatchObject({ images: 3, value: 2.5 / 3 });
    expect(aggregateRatios(more, 'ratio-of-means', bootstrap)).toMatchObject({ images: 4, value: 6 / 7.5 });
    expect(
      aggregateRatios([{ image: 'd', outside: 1, inside: 0 }], 'mean-of-ratios', bootstrap),
    ).toBeUndefined();
    expect(aggregateRatios([], 'ratio-of-means', bootstrap)).toBeUndefined();
  });
});

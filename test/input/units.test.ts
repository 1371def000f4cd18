import { describe, expect, it } from 'vitest';
import { calledOf, type KindName } from '../../src/datasets/kinds.js';
import { InputError } from '../../src/errors.js';
import { divisionOf, type Region, regionSchema } from '../../src/input/kinds.js';
import { layoutOf } from '../../src/input/layout.js';
import { cutUnit, pasteUnit, placesOf, type Units, unitMask, unitRelevance } from '../../src/input/units.js';
import { gridUnits, labelledUnits } from './regions.js';

const counted = (length: number) => Float32Array.from({ length }, (_, i) => i);

describe('the square grid', () => {
  it('is the 25 x 25 grid of Samek et al. at 227 x 227, two pixels left over at the right and bottom', () => {
    const { count, rectangles } = gridUnits([3, 227, 227], 9);
    expect(count).toBe(625);
    expect(rectangles(0)).toEqual([{ top: 0, left: 0, height: 9, width: 9 }]);
    expect(rectangles(26)).toEqual([{ top: 9, left: 9, height: 9, width: 9 }]);
    expect(rectangles(624)).toEqual([{ top: 216, left: 216, height: 9, width: 9 }]);
  });

  it('counts rows and columns apart', () => {
    const { count, rectangles } = gridUnits([3, 10, 23], 5);
    expect(count).toBe(8);
    expect(rectangles(5)).toEqual([{ top: 5, left: 5, height: 5, width: 5 }]);
  });

  it('takes windows of a signal, with all its channels, and single features', () => {
    const { count, rectangles } = gridUnits([64, 64], 9);
    expect(count).toBe(7);
    expect(rectangles(3)).toEqual([{ top: 0, left: 27, height: 1, width: 9 }]);
    expect(gridUnits([30], 1).count).toBe(30);
  });

  it.each([[0], [-1], [1.5], [11], [Number.NaN]])('refuses regions of size %d', (region) => {
    expect(() => gridUnits([3, 10, 20], region)).toThrow(InputError);
    expect(() => gridUnits([3, 10, 20], region)).toThrow(/region size .*\[10,20\].*got/);
  });

  it('is the grid of the patches that a network makes tokens of, where it makes any', () => {
    const { count, rectangles } = divisionOf('patch').units(layoutOf([3, 34, 48], { rows: 4, columns: 6 }));
    expect(count).toBe(24);
    expect(rectangles(7)).toEqual([{ top: 8, left: 8, height: 8, width: 8 }]);
    expect(() => divisionOf('patch').units(layoutOf([3, 48, 48]))).toThrow(
      'region patch (input of spatial size [48,48]): expected a network whose attention looks at patches of an image, got another one',
    );
  });

  it('refuses an input of more axes than an image', () => {
    expect(() => gridUnits([2, 4, 4, 4], 2)).toThrow(/\[4,4,4\].*1-D or 2-D input/);
  });

  it('is what a whole number under `region` means, and is put down with what it leaves out', () => {
    expect(regionSchema.safeParse(0).success).toBe(false);
    const division = divisionOf(9);
    expect(division.units(layoutOf([3, 227, 227])).count).toBe(625);
    const layouts = {
      large: layoutOf([3, 227, 227]),
      small: layoutOf([1, 20, 28]),
      signal: layoutOf([4, 90]),
    };
    expect(division.record(new Map(Object.entries(layouts)))).toEqual({
      grid: { large: [25, 25], small: [2, 3], signal: [1, 10] },
      remainder: 'origin top-left, remainder pixels never perturbed',
    });
  });

  it('is called as the kind of data set says', () => {
    const inWords = (type: KindName) =>
      [9, [2, 'all']].map((region) => divisionOf(region as Region).words(calledOf(type)));
    expect(inWords('voc')).toEqual(['Regions of 9 × 9 pixels', 'Regions of 2 × all (rows × columns)']);
    expect(inWords('signals')).toEqual([
      'Stretches of all × 9 (channels × moments)',
      'Stretches of 2 × all (channels × moments)',
    ]);
    expect(inWords('tensors')[0]).toBe('Regions of side 9');
    const names = (['signals', 'text', 'folder'] as const).map(calledOf);
    expect(names.map((called) => divisionOf(9).plural(called))).toEqual(['stretches', 'regions', 'regions']);
    expect(names.map((called) => divisionOf('word').plural(called))).toEqual(['words', 'words', 'words']);
  });
});

// 0 is an L, 1 lies in two pieces, 2 is one place; the others belong to none.
const LABELS = [
  [0, 0, 1, -1],
  [0, 2, -1, 1],
  [0, -1, -1, 1],
].flat();
const segments = labelledUnits(layoutOf([2, 3, 4]), LABELS);
/** The same places as rectangles that are larger. */
const merged: Units = {
  ...segments,
  rectangles: (unit) =>
    [
      [
        { top: 0, left: 0, height: 1, width: 2 },
        { top: 1, left: 0, height: 2, width: 1 },
      ],
      [
        { top: 0, left: 2, height: 1, width: 1 },
        { top: 1, left: 3, height: 2, width: 1 },
      ],
      [{ top: 1, left: 1, height: 1, width: 1 }],
    ][unit] ?? [],
};

describe('relevance of units', () => {
  it('is the sum of the heatmap in them, without what is left over', () => {
    expect([...unitRelevance(counted(20), gridUnits([3, 5, 4], 2))]).toEqual([
      0 + 1 + 4 + 5,
      2 + 3 + 6 + 7,
      8 + 9 + 12 + 13,
      10 + 11 + 14 + 15,
    ]);
    for (const units of [segments, merged]) {
      expect([...unitRelevance(counted(12), units)]).toEqual([0 + 1 + 4 + 8, 2 + 7 + 11, 5]);
    }
  });

  it('refuses a heatmap of another size', () => {
    expect(() => unitRelevance(new Float32Array(9), gridUnits([3, 5, 4], 2))).toThrow(
      /5 x 4 = 20 values, got 9/,
    );
  });
});

describe('cutting and pasting', () => {
  it.each([
    ['a square', gridUnits([2, 4, 5], 2), 3, [12, 13, 17, 18, 32, 33, 37, 38]],
    ['a window', gridUnits([2, 10], 3), 1, [3, 4, 5, 13, 14, 15]],
    ['an L', segments, 0, [0, 1, 4, 8, 12, 13, 16, 20]],
    ['two pieces', merged, 1, [2, 7, 11, 14, 19, 23]],
  ] as const)('%s moves with all channels, and nothing else does', (_, units, unit, places) => {
    const input = counted(units.layout.channels * units.layout.places);
    expect(units.layout.channels * placesOf(units, unit)).toBe(places.length);
    expect([...cutUnit(input, units, unit)]).toEqual(places);
    const copy = input.slice();
    pasteUnit(copy, units, unit, new Float32Array(places.length).fill(-1));
    expect([...copy].flatMap((value, i) => (value === input[i] ? [] : [i]))).toEqual(places);
    pasteUnit(copy, units, unit, cutUnit(input, units, unit));
    expect(copy).toEqual(input);
  });

  it('a mask is 1 in the chosen units', () => {
    for (const units of [segments, merged]) {
      expect([...unitMask(units, Int32Array.of(2, 0))]).toEqual([1, 1, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0]);
    }
  });
});

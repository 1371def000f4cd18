import { describe, expect, it } from 'vitest';
import { divisionOf, regionSchema } from '../../src/input/kinds.js';
import { channelRows, layoutOf } from '../../src/input/layout.js';
import { cutUnit } from '../../src/input/units.js';

const eeg = channelRows([64, 480]);

describe('[rows, columns]', () => {
  it('is a window of one channel where channels are rows, numbered channel by channel', () => {
    const { count, rectangles } = divisionOf([1, 80]).units(eeg);
    expect(count).toBe(64 * 6);
    expect(rectangles(13)).toEqual([{ top: 2, left: 80, height: 1, width: 80 }]);
  });

  it('takes all rows or all columns', () => {
    const windows = divisionOf(['all', 20]).units(eeg);
    expect([windows.count, windows.rectangles(3)]).toEqual([
      24,
      [{ top: 0, left: 60, height: 64, width: 20 }],
    ]);
    const channels = divisionOf([1, 'all']).units(eeg);
    expect([channels.count, channels.rectangles(63)]).toEqual([
      64,
      [{ top: 63, left: 0, height: 1, width: 480 }],
    ]);
    expect(divisionOf(20).units(eeg).rectangles(3)).toEqual(windows.rectangles(3));
  });

  it('leaves what is over at the right and the bottom, and says how many there are', () => {
    const division = divisionOf([3, 4]);
    const { count, rectangles } = division.units(layoutOf([3, 10, 10]));
    expect([count, rectangles(5)]).toEqual([6, [{ top: 6, left: 4, height: 3, width: 4 }]]);
    expect(division.record(new Map([['net', layoutOf([3, 10, 10])]]))).toMatchObject({
      grid: { net: [3, 2] },
    });
  });

  it('cuts the numbers of its own channel only', () => {
    const units = divisionOf([1, 2]).units(channelRows([2, 4]));
    expect([...cutUnit(Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7), units, 3)]).toEqual([6, 7]);
  });

  it.each([[[0, 4]], [[1.5, 4]], [['some', 4]], [[4]], [[1, 2, 3]]])('refuses %j as a config', (region) => {
    expect(regionSchema.safeParse(region).success).toBe(false);
  });

  it.each([
    [[65, 80], '[65, 80]'],
    [['all', 481], '[all, 481]'],
  ] as const)('refuses %j of 64 x 480 in one line', (region, written) => {
    expect(() => divisionOf([...region]).units(eeg)).toThrow(
      `region size (input of spatial size [64,480]): expected an integer from 1 to the smaller side of a 1-D or 2-D input, or [rows, columns] within it, got ${written}`,
    );
  });
});

it('channels are rows only of an input that has them', () => {
  expect(eeg).toEqual({
    kind: 'channels',
    shape: [64, 480],
    channels: 1,
    rows: 64,
    columns: 480,
    places: 64 * 480,
    heatmapShape: [64, 480],
    signal: { names: Array.from({ length: 64 }, (_, i) => String(i + 1)) },
  });
  expect(() => channelRows([3, 8, 8])).toThrow(/expected \[channels, length\], got \[3,8,8\]/);
});

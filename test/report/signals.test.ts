import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { extent } from '../../src/report/panels.js';
import { roomForNames } from '../../src/report/signals/axes.js';
import { classPicture } from '../../src/report/signals/classes.js';
import { channelMeans, strongestStretches, timeCourse } from '../../src/report/signals/course.js';
import { signalPicture } from '../../src/report/signals/picture.js';
import { splineThrough } from '../../src/report/signals/spline.js';

const POINTS = [[0, 0], [1, 0], [0, 1], [-0.7, 0.2], [0.3, -0.9]] as const; // biome-ignore format: one line

it('the extent of however many moments is found', () => {
  const course = new Float64Array(400_000).fill(2);
  course[7] = -3;
  expect(extent(course)).toEqual([-3, 2]);
});

describe('the spline between sensors', () => {
  it('has the given values at the sensors', () => {
    const values = [3, -1, 4, -1, 5];
    const at = splineThrough(POINTS)(values);
    for (const [i, point] of POINTS.entries()) expect(at(point)).toBeCloseTo(values[i] as number, 10);
  });

  it('is flat between equal values, and mirrored where sensors and values are', () => {
    const flat = splineThrough(POINTS)([2, 2, 2, 2, 2]);
    expect([flat([0.4, 0.4]), flat([-0.9, -0.9])]).toEqual([2, 2]);
    const at = splineThrough([[-1, 0], [1, 0], [0, 1]])([1, 5, 2]); // biome-ignore format: one line
    const mirrored = splineThrough([[-1, 0], [1, 0], [0, 1]])([5, 1, 2]); // biome-ignore format: one line
    expect(at([0.3, 0.2])).toBeCloseTo(mirrored([-0.3, 0.2]), 10);
  });
});

/** Two channels of 80 moments: relevance 1 in the first channel at 10 and 11, -3 in the second one at 60 and 61. */
function planted() {
  const values = new Float32Array(160);
  values.fill(1, 10, 12);
  values.fill(-3, 80 + 60, 80 + 62);
  return { values, rows: 2, columns: 80, signed: true };
}

describe('what is drawn of relevance', () => {
  it('the sum over channels by moment, and means of channels', () => {
    const course = timeCourse(planted());
    expect([course[9], course[10], course[61], course[62]]).toEqual([0, 1, -3, 0]);
    expect([...channelMeans(planted(), 10, 14)]).toEqual([0.5, 0]);
    expect([...channelMeans(planted())]).toEqual([2 / 80, -6 / 80]);
  });

  it('the times of most relevance of either sign, an eighth of the length apart, in order', () => {
    expect(strongestStretches(planted(), 2)).toEqual([
      { first: 10, last: 12 },
      { first: 60, last: 62 },
    ]);
    expect(strongestStretches({ ...planted(), columns: 1, rows: 160 }, 3)).toEqual([{ first: 0, last: 1 }]);
  });
});

/** The colours of a picture at places, as [red, green, blue]. */
async function colours(png: Buffer, places: readonly (readonly [number, number])[]): Promise<number[][]> {
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  return places.map(([x, y]) => {
    const at = (Math.round(y) * info.width + Math.round(x)) * info.channels;
    return [...data.subarray(at, at + 3)];
  });
}

describe('pictures of signals', () => {
  const signal = {
    names: ['Cz', '<b>\0'],
    positions: [
      [0, 0, 1],
      [1, 0, 0],
    ] as [number, number, number][],
    sampleRate: 40,
  };
  const input = Float32Array.from({ length: 160 }, (_, i) => Math.sin(i));

  it('show relevance where it is: red and blue in the rows of their channels, at their times', async () => {
    const columns = ['a', 'b'];
    const maps = [planted(), { ...planted(), values: new Float32Array(160) }];
    const png = await signalPicture({ title: 't', input, signal, columns, maps });
    // The first map begins behind margin, names, signal and gap; below margin, title and caption. Its rows are 36 high.
    const names = roomForNames(signal.names);
    const [left, top] = [16 + names + 300 + 16, 16 + 26 + 20];
    const at = (moment: number, row: number): [number, number] => [
      left + (moment / 80) * 300,
      top + 36 * (row + 0.5),
    ];
    const [first, second, other] = await colours(png, [at(11, 0), at(61, 1), at(40, 0)]);
    expect(first?.[0]).toBeGreaterThan((first?.[2] as number) + 20);
    expect(second?.[2]).toBeGreaterThan((second?.[0] as number) + 20);
    expect(other).toEqual([255, 255, 255]);
    const { width } = await sharp(png).metadata();
    expect(width).toBe(2 * 16 + names + 3 * 300 + 2 * 16);
  });

  it('leave the room that names need, short and long ones up to a limit', () => {
    const [short = 0, long = 0, longest] = [['Cz'], ['affected vertical'], ['x'.repeat(99)]].map(
      roomForNames,
    );
    expect([short, longest]).toEqual([56, 170]);
    expect(long).toBeGreaterThan(short);
  });

  it('need no places of sensors and no rate, and take hundreds of channels, one moment, and nothing', async () => {
    const names = Array.from({ length: 300 }, (_, i) => String(i));
    const many = { values: new Float32Array(300), rows: 300, columns: 1, signed: false };
    const sheet = {
      title: '',
      input: new Float32Array(300),
      signal: { names },
      columns: ['a'],
      maps: [many],
    };
    expect((await sharp(await signalPicture(sheet)).metadata()).format).toBe('png');
    const classes = [{ name: 'x', samples: 1, maps: [many, undefined] }];
    const png = await classPicture({ title: '', signal: { names }, columns: ['a', 'b'], classes });
    expect((await sharp(png).metadata()).format).toBe('png');
  });
});

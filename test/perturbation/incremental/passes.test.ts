import { expect, it } from 'vitest';
import { Buffers } from '../../../src/perturbation/incremental/buffers.js';
import { passesOf } from '../../../src/perturbation/incremental/passes.js';
import { layOut } from '../../../src/perturbation/incremental/patch-layout.js';
import { RunningMap } from '../../../src/perturbation/incremental/running-map.js';
import { gridUnits } from '../../input/regions.js';

const units = gridUnits([8], 1);
const fill = { units, patch: (repeat: number, unit: number) => Float32Array.of(10 * repeat + unit) };
const image = new Float32Array(8).fill(-1);
const trajectory = (repeat: number, ...units: number[]) => ({ order: Int32Array.from(units), repeat });

/** Passes as plain values; the images are reused by the generator. */
function passes(limit: number, ...trajectories: ReturnType<typeof trajectory>[]) {
  return [...passesOf(image, trajectories, fill, limit)].map(({ image, walks }) => ({
    image: [...image],
    walks: walks.map(({ units, repeat, state }) => [repeat, state, ...units]),
  }));
}

it('groups trajectories up to the limit and counts the states', () => {
  expect(passes(5, trajectory(0, 1, 2), trajectory(1, 3, 4, 5), trajectory(0, 6))).toEqual([
    {
      image: [...image],
      walks: [
        [0, 1, 1, 2],
        [1, 3, 3, 4, 5],
      ],
    },
    { image: [...image], walks: [[0, 6, 6]] },
  ]);
});

it('cuts a trajectory that is longer than the limit, each piece starting where the one before ended', () => {
  const cut = [];
  for (const { image: start, walks } of passesOf(image, [trajectory(2, 0, 3, 5, 1, 7)], fill, 2)) {
    cut.push([[...start], walks.map(({ units, state }) => [state, ...units])]);
  }
  expect(cut).toEqual([
    [[-1, -1, -1, -1, -1, -1, -1, -1], [[1, 0, 3]]],
    [[20, -1, -1, 23, -1, -1, -1, -1], [[3, 5, 1]]],
    [[20, 21, -1, 23, -1, 25, -1, -1], [[5, 7]]],
  ]);
  expect(image).toEqual(new Float32Array(8).fill(-1));
});

it('lays rectangles out by size and leaves empty ones out', () => {
  const rect = (height: number, width: number) => ({ top: 0, left: 0, height, width });
  const { groups, rows, rowCount } = layOut([rect(2, 3), rect(1, 1), rect(0, 4), rect(2, 3)]);
  expect(groups).toEqual([
    { height: 2, width: 3, steps: [0, 3], firstRow: 0 },
    { height: 1, width: 1, steps: [1], firstRow: 12 },
  ]);
  expect([rows[0], rows[3], rows[1], rowCount]).toEqual([0, 6, 12, 13]);
});

it('cuts windows with padding out of what was written last', () => {
  const map = new RunningMap([2, 2], [1, 1], [0, 1], 9);
  const cut = () => {
    const rows = new Int32Array(12);
    map.cut({ top: 0, left: 0, height: 3, width: 4 }, rows, 0);
    return [...rows];
  };
  const base = [9, 9, 9, 9, 9, 0, 1, 9, 9, 2, 3, 9];
  expect(cut()).toEqual(base);
  map.write({ top: 1, left: 0, height: 1, width: 2 }, 20);
  map.write({ top: 0, left: 1, height: 2, width: 1 }, 30);
  expect(cut()).toEqual([9, 9, 9, 9, 9, 0, 30, 9, 9, 20, 31, 9]);
  map.reset();
  expect(cut()).toEqual(base);
});

it('lends memory from the first gap that is large enough, and new memory where there is none', () => {
  const buffers = new Buffers(100);
  const [first, second, third] = [buffers.take(40), buffers.take(20), buffers.take(30)];
  const places = (...arrays: Float32Array[]) =>
    arrays.map(({ byteOffset, length }) => [byteOffset / 4, length]);
  expect(places(first, second, third)).toEqual([[0, 40], [40, 20], [60, 30]]); // biome-ignore format: one line
  buffers.give(second);
  expect(places(buffers.take(10), buffers.take(11))[0]).toEqual([40, 10]);
  buffers.give(first);
  expect(places(buffers.take(5), buffers.take(35), buffers.take(10), buffers.take(10))).toEqual([
    [0, 5],
    [5, 35],
    [50, 10],
    [90, 10],
  ]);
  const more = buffers.take(1);
  expect([more.byteOffset, more.buffer === first.buffer]).toEqual([0, false]);
  buffers.give(more);
  buffers.give(third);
  expect(places(buffers.take(30))).toEqual([[60, 30]]);
});

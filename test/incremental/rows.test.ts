import { expect, it } from 'vitest';
import { Buffers } from '../../src/incremental/buffers.js';
import { layOut } from '../../src/incremental/patch-layout.js';
import { RunningMap } from '../../src/incremental/running-map.js';

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

import { expect, it } from 'vitest';
import { Packing } from '../../src/results/packed.js';

const record = (i: number) => ({
  score: i / 3,
  absent: undefined,
  none: null,
  right: i % 2 === 0,
  word: 'morf',
  list: [i, [i + 0.5], Number.NaN, -0],
  of: { 'a,"b"': i, nested: { curve: Float64Array.of(i, i * 2) } },
});

it('gives records back as they were, however many and of whatever shape', () => {
  const packing = new Packing();
  const other = { curve: new Float64Array(2 ** 17 + 1).fill(7), empty: {}, nothing: [] };
  const packed = Array.from({ length: 20_000 }, (_, i) => packing.pack(record(i)));
  const large = packing.pack(other);
  for (const i of [0, 1, 9_999, 19_999]) {
    expect(packed[i]?.all()).toEqual(record(i));
    expect(packed[i]?.get('of')).toEqual(record(i).of);
    expect(packed[i]?.get('list').map((item) => Object.is(item, -0))).toEqual([false, false, false, true]);
  }
  expect(large.all()).toEqual(other);
  expect(packing.pack({ curve: [1, 2] }).all()).toEqual({ curve: [1, 2] });
  expect(packing.pack({ curve: Float64Array.of(1, 2) }).all()).toEqual({ curve: Float64Array.of(1, 2) });
  expect(packing.pack({ word: 'undefined' }).get('word')).toBe('undefined');
  expect(packing.pack({ word: undefined }).get('word')).toBe(undefined);
  expect(packing.pack(JSON.parse('{"__proto__": 1}')).all()).toEqual(JSON.parse('{"__proto__": 1}'));
});

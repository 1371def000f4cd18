import { expect, it } from 'vitest';
import { type Pass, passesOf, type Walk } from '../../src/incremental/passes.js';
import { gridUnits } from '../input/regions.js';

const units = gridUnits([8], 1);
const image = new Float32Array(8).fill(-1);

/** Puts 10 times the tens plus the unit, and is looked at after every step. */
const walk = (tens: number, ...order: number[]): Walk => ({
  units: Int32Array.from(order),
  patch: (step) => Float32Array.of(10 * tens + (order[step] as number)),
  looks: order.map((_, step) => step + 1),
});

/** As plain values; images are reused by the generator. */
const plain = ({ image, walks }: Pass) => [
  [...image],
  ...walks.map(({ units, patch, looks }) => [[...units], Array.from(units, (_, k) => patch(k)[0]), looks]),
];

const passes = (limit: number, ...walks: Walk[]) => Array.from(passesOf(image, walks, units, limit), plain);

it('groups walks up to the limit', () => {
  expect(passes(5, walk(0, 1, 2), walk(1, 3, 4, 5), walk(0, 6))).toEqual([
    [[...image], [[1, 2], [1, 2], [1, 2]], [[3, 4, 5], [13, 14, 15], [1, 2, 3]]],
    [[...image], [[6], [6], [1]]],
  ]); // biome-ignore format: one line
});

it('cuts a walk that is longer than the limit, each piece starting where the one before ended, between the others', () => {
  const long = { ...walk(2, 0, 3, 5, 1, 7), looks: [2, 3, 5] };
  expect(passes(2, walk(0, 4), long, walk(0, 6))).toEqual([
    [[...image], [[4], [4], [1]]],
    [[...image], [[0, 3], [20, 23], [2]]],
    [[20, -1, -1, 23, -1, -1, -1, -1], [[5, 1], [25, 21], [1]]],
    [[20, 21, -1, 23, -1, 25, -1, -1], [[7], [27], [1]]],
    [[...image], [[6], [6], [1]]],
  ]); // biome-ignore format: one line
  expect(image).toEqual(new Float32Array(8).fill(-1));
});

it('starts at the image where there is no walk, and takes walks of no step', () => {
  expect(passes(2)).toEqual([[[...image]]]);
  expect(passes(2, walk(0))).toEqual([[[...image], [[], [], []]]]);
});

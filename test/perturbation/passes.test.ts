import { expect, it } from 'vitest';
import { passesOf } from '../../src/perturbation/passes.js';
import { gridUnits } from '../input/regions.js';

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

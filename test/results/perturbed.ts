import type { DoneUnit } from '../../src/evaluation/unit.js';
import { experimentOf, explanationOf, unitOf } from './hand-made.js';

/** Two images, two repeats, two steps. */
export const PERTURBED = experimentOf({
  methods: ['lrp-zplus', 'random'],
  perturbation: { region: 1, steps: 2, repeats: 2, orders: ['morf', 'lerf', 'insertion'] },
});

/**
 * By repeat, of lrp-zplus in image a:
 * AOPC MoRF (0 + 2 + 4)/3 and (0 + 4 + 2)/3; LeRF (0 + 0 + 2)/3 and (0 + 1 + 1)/3; ABPC 4/3 and 4/3; against random
 * (0 + 1 + 3)/3 and (0 + 4 + 0)/3; relative (0 + 1/2 + 1)/3 and (0 + 1 + 1/2)/3; deletion ((4 + 0)/2 + 2)/2 and
 * ((4 + 2)/2 + 0)/2; insertion ((0 + 4)/2 + 2)/2 and ((1 + 4)/2 + 2)/2; between bounds MoRF (2 - 0)/3 and (2 - 1)/2, LeRF
 * (2/3 - 0)/3 and (2/3 - 1)/2.
 *
 * In image b: AOPC MoRF (0 + 3 + 0)/3 and 0; LeRF 0; ABPC 1 and 0; against random (0 + 2 - 2)/3 and 0; deletion
 * ((-1 - 1)/2 - 4)/2 and -1; insertion ((0 - 1)/2 + 0)/2 twice.
 */
export function perturbedUnits(network = 'net'): DoneUnit[] {
  return [
    unitOf('a', {
      network,
      explanations: [
        explanationOf('lrp-zplus', {
          curves: {
            morf: [
              [4, 2, 0],
              [4, 0, 2],
            ],
            lerf: [
              [4, 4, 2],
              [4, 3, 3],
            ],
            insertion: [
              [0, 2, 4],
              [1, 2, 4],
            ],
          },
        }),
        explanationOf('random', {
          curves: {
            morf: [
              [4, 3, 3],
              [4, 4, 2],
            ],
          },
        }),
      ],
      bounds: [
        { lower: 0, upper: 3 },
        { lower: 1, upper: 3 },
      ],
    }),
    unitOf('b', {
      network,
      explanations: [
        explanationOf('lrp-zplus', {
          class: 'dog',
          curves: {
            morf: [
              [-1, -4, -1],
              [-1, -1, -1],
            ],
            lerf: [
              [-1, -1, -1],
              [-1, -1, -1],
            ],
            insertion: [
              [0, 0, -1],
              [0, 0, -1],
            ],
          },
        }),
        explanationOf('random', {
          class: 'dog',
          curves: {
            morf: [
              [-1, -2, -3],
              [-1, -1, -1],
            ],
          },
        }),
      ],
      bounds: [
        { lower: 0, upper: 0 },
        { lower: 0, upper: 1 },
      ],
    }),
  ];
}

import { describe, expect, it } from 'vitest';
import type { UnitResult } from '../../src/evaluation/unit.js';
import type { Experiment } from '../../src/experiment/config.js';
import { experimentOf, explanationOf, foundIn, ofTwo, STUDENT_OF_TWO, unitOf } from './hand-made.js';
import { PERTURBED, perturbedUnits } from './perturbed.js';

/** The curves of a network's charts, by the name of the chart. */
async function chartsOf(experiment: Experiment, units: readonly UnitResult[], network: string) {
  const { figures } = await foundIn(experiment, units);
  const own = figures.flatMap((one) => ('curves' in one && one.network === network ? [one] : []));
  return Object.fromEntries(own.map(({ name, curves }) => [name, curves.curves]));
}

/** The bars of a run. */
async function barsOf(experiment: Experiment, units: readonly UnitResult[]) {
  return (await foundIn(experiment, units)).figures.flatMap((one) => ('bars' in one ? [one.bars] : []));
}

const close = (...values: number[]) => values.map((value) => expect.closeTo(value, 7));

describe('curves', () => {
  it('are means over images at every step, with bands', async () => {
    const charts = await chartsOf(PERTURBED, perturbedUnits(), 'net');
    const steps = [0, 1, 2];
    // Mean curves of lrp-zplus: a 4, 1, 1 (MoRF) and 4, 3.5, 2.5 (LeRF); b -1, -2.5, -1 and -1, -1, -1. Those of random:
    // 4, 3.5, 2.5 and -1, -1.5, -2. AOPC up to a step: a 0, 3/2, 2 and 0, 1/4, 2/3; b 0, 3/4, 1/2 and 0; of random a 0,
    // 1/4, 2/3 and b 0, 1/4, 1/2.
    // Of the two images' values Student's interval.
    const curve = (label: string, values: number[], least: number[], most: number[]) => {
      const reach = least.map((value, k) => (STUDENT_OF_TWO * ((most[k] as number) - value)) / 2);
      return {
        label,
        steps,
        values: close(...values),
        low: close(...values.map((value, k) => value - (reach[k] as number))),
        high: close(...values.map((value, k) => value + (reach[k] as number))),
      };
    };
    expect(charts['aopc-morf']).toEqual([
      curve('lrp-zplus', [0, 9 / 8, 5 / 4], [0, 3 / 4, 1 / 2], [0, 3 / 2, 2]),
      curve('random', [0, 1 / 4, 7 / 12], [0, 1 / 4, 1 / 2], [0, 1 / 4, 2 / 3]),
    ]);
    expect(charts['aopc-lerf']).toEqual([
      curve('lrp-zplus', [0, 1 / 8, 1 / 3], [0, 0, 0], [0, 1 / 4, 2 / 3]),
    ]);
    expect(charts['aopc-difference']).toEqual([
      curve('lrp-zplus', [0, 1, 11 / 12], [0, 3 / 4, 1 / 2], [0, 5 / 4, 4 / 3]),
    ]);
    expect(charts['aopc-vs-random']).toEqual([
      curve('lrp-zplus', [0, 7 / 8, 2 / 3], [0, 1 / 2, 0], [0, 5 / 4, 4 / 3]),
      curve('random', [0, 0, 0], [0, 0, 0], [0, 0, 0]),
    ]);
    expect(charts['aopc-lerf-vs-random']).toEqual([
      curve('lrp-zplus', [0, -1 / 8, -1 / 4], [0, -1 / 4, -1 / 2], [0, 0, 0]),
    ]);
    // The mean curves of scores: 3/2, -3/4, 0 (MoRF) and 3/2, 5/4, 3/4 (LeRF); of random 3/2, 1, 1/4.
    expect(charts['score-morf']).toEqual([
      curve('lrp-zplus', [3 / 2, -3 / 4, 0], [-1, -5 / 2, -1], [4, 1, 1]),
      curve('random', [3 / 2, 1, 1 / 4], [-1, -3 / 2, -2], [4, 7 / 2, 5 / 2]),
    ]);
    expect(charts['score-lerf']).toEqual([
      curve('lrp-zplus', [3 / 2, 5 / 4, 3 / 4], [-1, -1, -1], [4, 7 / 2, 5 / 2]),
    ]);
    // Scores themselves: a 1/2, 2, 4; b 0, 0, -1.
    expect(charts['aopc-insertion']).toEqual([
      curve('lrp-zplus', [1 / 4, 1, 3 / 2], [0, 0, -1], [1 / 2, 2, 4]),
    ]);
  });

  it('of one image have no band, and other networks are not among them', async () => {
    const [first] = perturbedUnits();
    const units = [first as UnitResult, ...perturbedUnits('other')];
    const charts = await chartsOf(
      experimentOf({ perturbation: PERTURBED.perturbation }, ['net', 'other']),
      units,
      'net',
    );
    expect(charts['aopc-lerf']).toEqual([
      { label: 'lrp-zplus', steps: [0, 1, 2], values: close(0, 1 / 4, 2 / 3) },
    ]);
  });
});

describe('bars', () => {
  const EXPERIMENT = experimentOf({ boxes: { relevance: 'absolute' } }, ['net', 'other']);
  const measured = (name: string, ratio: number, method = 'lrp-zplus') =>
    explanationOf(method, {
      class: name,
      boxes: { outside_inside: ratio, mean_outside: ratio, mean_inside: 1 },
    });
  const units = [
    unitOf('a', { explanations: [measured('dog', 3), measured('cat', 1), measured('cat', 2, 'random')] }),
    unitOf('b', { explanations: [measured('cat', 2)] }),
    unitOf('a', { network: 'other', explanations: [measured('cat', 4)] }),
    unitOf('b', { network: 'other' }),
  ];

  it('are outside-inside ratios by class, a series a method and network', async () => {
    const two = ofTwo(1, 2);
    expect(await barsOf(EXPERIMENT, units)).toEqual([
      {
        title: expect.any(String),
        x: 'outside-inside ratio (absolute relevance)',
        notes: [
          "dashed: Student's interval (below 8 images)",
          '?: interval unknown (too few images, or a run that was stopped by a sign)',
        ],
        groups: ['cat', 'dog'],
        counts: ['1 to 2', '1'],
        series: [
          {
            label: 'lrp-zplus · net',
            bars: [
              { value: 1.5, low: two.low, high: two.high, interval: 'student' },
              { value: 3, interval: 'unknown' },
            ],
          },
          { label: 'random · net', bars: [{ value: 2, interval: 'unknown' }, undefined] },
          { label: 'lrp-zplus · other', bars: [{ value: 4, interval: 'unknown' }, undefined] },
        ],
        reference: 1,
      },
    ]);
  });

  it('are none without ratios', async () => {
    const experiment = experimentOf({ boxes: { metrics: ['pointing-game'] } }, ['net', 'other']);
    expect(await barsOf(experiment, units)).toEqual([]);
  });
});

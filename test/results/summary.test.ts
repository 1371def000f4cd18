import { describe, expect, it } from 'vitest';
import { listedTies, tiedMethods } from '../../src/evaluation/families/perturbation/rankings.js';
import type { UnitResult } from '../../src/evaluation/unit.js';
import type { Experiment } from '../../src/experiment/config.js';
import { writeResults } from '../../src/results/results.js';
import { directoryOf, estimate, experimentOf, explanationOf, unitOf } from './hand-made.js';

/** Every number here is worked out on paper from the records beside it. */

const summaryOf = async (units: readonly UnitResult[], experiment: Experiment = experimentOf()) =>
  (await writeResults(directoryOf(experiment, units))).summary;

describe('what networks are right about', () => {
  const seen = (image: string, labels: string[], best: string, classScores = {}, network = 'net') =>
    unitOf(image, { network, labels, top: [{ label: best, score: 1 }], classScores });

  it('accuracy: an image counts where its best class is one of its labels; without labels it does not', async () => {
    const units = [
      seen('a', ['cat'], 'cat'),
      seen('b', ['cat', 'dog'], 'dog'),
      seen('c', ['dog'], 'cat'),
      seen('d', [], 'cat'),
      seen('a', ['cat'], 'dog', {}, 'other'),
      ...['b', 'c', 'd'].map((image) => unitOf(image, { network: 'other' })),
      seen('a', [], 'dog', {}, 'third'),
      ...['b', 'c', 'd'].map((image) => unitOf(image, { network: 'third' })),
    ];
    const { accuracy } = await summaryOf(units, experimentOf({}, ['net', 'other', 'third']));
    // Wilson 1927 of 2 of 3 and of 0 of 1: z^2 = 3.8415.
    expect(accuracy).toEqual({
      net: {
        images: 3,
        value: expect.closeTo(2 / 3, 12),
        low: expect.closeTo(0.20766, 5),
        high: expect.closeTo(0.93851, 5),
        interval: 'wilson',
      },
      other: { images: 1, value: 0, low: 0, high: expect.closeTo(0.79345, 5), interval: 'wilson' },
    });
  });

  it('near chance: networks that hit no more labels than guessing might', async () => {
    const images = Array.from({ length: 12 }, (_, i) => `i${i}`);
    const truth = (i: number) => ['cat', 'dog', 'bird'][i % 3] as string;
    const units = [
      ...images.map((image, i) => seen(image, [truth(i)], truth(i + 1), {}, 'shifted')),
      ...images.map((image, i) => seen(image, [truth(i)], 'dog', {}, 'constant')),
      ...images.map((image, i) => seen(image, [truth(i)], truth(i < 9 ? i : 0), {}, 'good')),
      ...images.map((image, i) => seen(image, [], truth(i), {}, 'unlabelled')),
    ];
    const names = ['shifted', 'constant', 'good', 'unlabelled'];
    const { nearChance, accuracy } = await summaryOf(units, experimentOf({}, names));
    expect(nearChance).toEqual(['shifted', 'constant']);
    expect(accuracy).toMatchObject({ shifted: { value: 0 }, constant: { value: expect.closeTo(1 / 3, 12) } });
  });

  it('average precision: images that show the class only as difficult do not count; the form is the config’s', async () => {
    const units = [
      seen('a', ['cat'], 'cat', { cat: 0.9 }),
      { ...seen('b', ['cat'], 'cat', { cat: 0.8 }), difficult: ['cat'] },
      seen('c', ['dog'], 'cat', { cat: 0.7 }),
      { ...seen('d', ['cat', 'dog'], 'cat', { cat: 0.6 }), difficult: ['dog'] },
    ];
    // Of a, c and d, ranked so: precision 1 at half of the recall, 2/3 at all of it.
    const area = await summaryOf(units);
    expect(area.averagePrecision.net?.classes).toEqual({ cat: expect.closeTo((1 + 2 / 3) / 2, 12) });
    const dataset = { type: 'voc', root: '/data', averagePrecision: 'eleven-point' };
    const eleven = await summaryOf(units, experimentOf({ dataset }));
    expect(eleven.averagePrecision.net?.classes).toEqual({ cat: expect.closeTo((6 + 5 * (2 / 3)) / 11, 12) });
  });

  it('average precision: by class, of the images whose classes were scored', async () => {
    const units = [
      seen('a', ['cat'], 'cat', { cat: 0.9, dog: 0.5, bird: 0.1 }),
      seen('b', ['dog'], 'cat', { cat: 0.8, dog: 0.5, bird: 0.2 }),
      seen('c', ['cat', 'dog'], 'cat', { cat: 0.7, dog: 0.4, bird: 0.3 }),
      seen('d', [], 'dog', { cat: 0.1, dog: 0.9, bird: 0.4 }),
      ...['a', 'b', 'c', 'd'].map((image) => unitOf(image, { network: 'unscored', labels: ['cat'] })),
    ];
    const { averagePrecision } = await summaryOf(units, experimentOf({}, ['net', 'unscored']));
    // cat: found as the first (1/1) and as the third (2/3). dog: of two that tie behind d one is right (1/3), then c
    // (2/4); the best precision at that recall or more is 1/2 for both. No image holds a bird.
    const classes = { cat: expect.closeTo(5 / 6, 12), dog: expect.closeTo(1 / 2, 12) };
    expect(averagePrecision).toEqual({ net: { mean: expect.closeTo(2 / 3, 12), classes } });
  });
});

describe('what is told besides', () => {
  it('images left out, by reason, and classes that could not be measured', async () => {
    const units: UnitResult[] = [
      unitOf('a', {
        unmeasured: [
          { class: 'cat', reason: 'boxes cropped away' },
          { class: 'dog', reason: 'only difficult boxes' },
        ],
      }),
      unitOf('b', { unmeasured: [{ class: 'cat', reason: 'boxes cropped away' }] }),
      { key: 'net/c', network: 'net', image: 'c', status: 'skipped', reason: 'no annotated class' },
      { key: 'net/d', network: 'net', image: 'd', status: 'failed', reason: 'broken' },
    ];
    const selection = {
      passedOver: ['x', 'y'],
      unreadable: [{ image: 'z', reason: 'no XML' }],
      missing: 5,
    };
    const { summary } = await writeResults(directoryOf(experimentOf(), units, selection));
    expect(summary.images).toEqual({
      done: 2,
      skipped: [{ network: 'net', image: 'c', reason: 'no annotated class' }],
      failed: [
        { image: 'z', reason: 'no XML' },
        { network: 'net', image: 'd', reason: 'broken' },
      ],
      missing: 5,
      passedOver: 2,
    });
    expect(summary.unmeasured).toEqual({ 'boxes cropped away': 2, 'only difficult boxes': 1 });
  });

  it('methods whose relevance grows beyond a thousand times its start', async () => {
    const grown = (method: string, absolute: number, start?: number) =>
      explanationOf(method, { relevance: { sum: 0, absolute, ...(start !== undefined && { start }) } });
    const units = [
      unitOf('a', {
        // 1250 times a negative start; a thousand times is not beyond; gradients start from nothing.
        explanations: [grown('lrp-zplus', 5000, -4), grown('gradient-l2', 1e9), grown('random', 1000, 1)],
      }),
      unitOf('b', { explanations: [grown('lrp-zplus', 4002, 2), grown('random', 1e9, 0)] }),
      unitOf('c', { explanations: [grown('lrp-zplus', 4, 4)] }),
    ];
    expect((await summaryOf(units)).flagged).toEqual([
      { network: 'net', method: 'lrp-zplus', explanations: 2, largest: 2001 },
    ]);
  });
});

describe('rankings', () => {
  const EXPERIMENT = experimentOf({ perturbation: { region: 1, steps: 1, orders: ['morf'] } });
  /** A curve of one step whose AOPC is a value: (0 + 2 v)/2. */
  const fallen = (method: string, value: number, rest = {}) =>
    explanationOf(method, { curves: { morf: [[4, 4 - 2 * value]] }, ...rest });
  // AOPC by image i = 0..7: random i, gradient-l2 1 more and 1 less in turn, lrp-zplus 10 more.
  const units = Array.from({ length: 8 }, (_, i) =>
    unitOf(`image ${i}`, {
      explanations: [
        fallen('random', i),
        fallen('gradient-l2', i + (i % 2 === 0 ? 1 : -1)),
        fallen('lrp-zplus', i + 10),
      ],
    }),
  );

  it('methods from best to worst, tied where the permutation test does not separate them', async () => {
    const { rankings } = await summaryOf(units, EXPERIMENT);
    expect(rankings).toHaveLength(1);
    const [ranking] = rankings;
    expect(ranking).toMatchObject({ network: 'net', metric: 'aopc_morf', images: 8 });
    expect(ranking?.methods).toEqual([
      { id: 'lrp-zplus', rank: 1, mean: 13.5, tiedWith: [] },
      { id: 'random', rank: 2, mean: 3.5, tiedWith: ['gradient-l2'] },
      { id: 'gradient-l2', rank: 3, mean: 3.5, tiedWith: ['random'] },
    ]);
    // Of 2^8 assignments of signs two reach as far as all-equal signs do; Holm multiplies the smallest by three.
    const [first, second, third] = ranking?.comparisons ?? [];
    expect(first).toEqual({
      first: 'lrp-zplus',
      second: 'random',
      difference: estimate(8, 10, 10, 10),
      pValue: 2 / 256,
      adjustedPValue: expect.closeTo(6 / 256, 12),
      effectSize: undefined,
    });
    // 9 and 11 in turn: mean 10, standard deviation sqrt(8/7).
    expect(second).toMatchObject({
      second: 'gradient-l2',
      pValue: 2 / 256,
      adjustedPValue: expect.closeTo(6 / 256, 12),
      effectSize: expect.closeTo(10 / Math.sqrt(8 / 7), 10),
    });
    expect(third).toMatchObject({ first: 'random', second: 'gradient-l2', pValue: 1, adjustedPValue: 1 });
    expect(third?.difference.value).toBe(0);

    const tied = (method: string) => tiedMethods(rankings, { network: 'net', method });
    expect(['lrp-zplus', 'random', 'gradient-l2'].map(tied)).toEqual([[], ['gradient-l2'], ['random']]);
    expect(tied('edges')).toEqual([]);
    expect(tiedMethods(rankings, { network: 'other', method: 'random' })).toEqual([]);
  });

  it('who is tied with most of all others is listed by those that are left', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const rankingOf = (tiedWith: string[]) => ({
      ...{ network: 'net', metric: 'aopc_morf', images: 9, fewest: 8, comparisons: [] },
      methods: names.map((id, i) => ({ id, rank: i + 1, mean: -i, tiedWith: i === 0 ? tiedWith : [] })),
    });
    const listed = (...tied: string[]) => listedTies([rankingOf(tied)], { network: 'net', method: 'a' });
    expect(listed('b', 'c', 'd')).toEqual(['b', 'c', 'd']);
    expect(listed('b', 'c', 'd', 'f')).toEqual(['all but e', 'g']);
    expect(listed(...names.slice(1))).toEqual(['all others']);
    expect(listedTies([rankingOf([])], { network: 'net', method: 'b' })).toEqual([]);
  });

  it('by network and metric, of the images that every method has', async () => {
    const curves = (morf: number, lerf: number) => ({
      curves: { morf: [[4, 4 - 2 * morf]], lerf: [[4, 4 - 2 * lerf]] },
    });
    const both = (network: string, image: string, best: number, lacking = false) =>
      unitOf(image, {
        network,
        explanations: [
          // Two classes of one image: their mean counts.
          explanationOf('lrp-zplus', curves(best - 1, 0)),
          explanationOf('lrp-zplus', { class: 'dog', ...curves(best + 1, 1) }),
          ...(lacking ? [] : [explanationOf('random', curves(1, 1))]),
        ],
      });
    const two = [
      both('net', 'a', 3),
      both('net', 'b', 5, true),
      both('other', 'a', 2),
      both('other', 'b', 4),
    ];
    const { rankings } = await summaryOf(two, experimentOf({ perturbation: {} }, ['net', 'other']));
    expect(
      rankings.map(({ network, metric, images, methods }) => [
        network,
        metric,
        images,
        methods.map(({ id, mean }) => [id, mean]),
      ]),
    ).toEqual([
      ['net', 'aopc_morf', 1, [['lrp-zplus', 3], ['random', 1]]], // biome-ignore format: table
      ['net', 'abpc', 1, [['lrp-zplus', 2.5], ['random', 0]]], // biome-ignore format: table
      ['other', 'aopc_morf', 2, [['lrp-zplus', 3], ['random', 1]]], // biome-ignore format: table
      ['other', 'abpc', 2, [['lrp-zplus', 2.5], ['random', 0]]], // biome-ignore format: table
    ]);
  });

  it('one method has no ranking', async () => {
    const one = units.map((unit) => ({ ...unit, explanations: unit.explanations.slice(0, 1) }));
    expect((await summaryOf(one, EXPERIMENT)).rankings).toEqual([]);
  });
});

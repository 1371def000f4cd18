import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ExplanationRecord } from '../../src/evaluation/unit.js';
import { ROBUSTNESS_METRICS } from '../../src/metrics/robustness.js';
import { writeResults } from '../../src/results/results.js';
import { csvOf, directoryOf, estimate, experimentOf, explanationOf, ofTwo, unitOf } from './hand-made.js';
import { PERTURBED, perturbedUnits } from './perturbed.js';

/** Every number here is worked out on paper from the records beside it. */

const numbersOf = (cells: Record<string, string>, columns: readonly string[]) =>
  columns.map((column) => (cells[column] === undefined ? undefined : Number(cells[column])));
/** The columns of a metric. */
const columnsOf = (id: string) => `${id},${id}_ci_low,${id}_ci_high,${id}_interval,${id}_images`;
const wilson = (images: number, value: number, low: number, high: number) => ({
  images,
  value,
  low: expect.closeTo(low, 5),
  high: expect.closeTo(high, 5),
  interval: 'wilson',
});

describe('the AOPC table', () => {
  const directory = directoryOf(PERTURBED, perturbedUnits());

  it('is the mean over images of the mean over repeats', async () => {
    const { methods } = (await writeResults(directory)).summary;
    expect(methods).toEqual([
      {
        network: 'net',
        method: 'lrp-zplus',
        images: 2,
        metrics: {
          aopc_morf: ofTwo(1 / 2, 2),
          aopc_lerf: ofTwo(0, 2 / 3),
          abpc: ofTwo(1 / 2, 4 / 3),
          aopc_morf_vs_random: ofTwo(0, 4 / 3),
          aopc_morf_sum: ofTwo(3 / 2, 6),
          // Image b starts below 0: there is no score to lose.
          aopc_morf_relative: estimate(1, 1 / 2),
          deletion_auc: ofTwo(-7 / 4, 7 / 4),
          insertion_auc: ofTwo(-1 / 4, 17 / 8),
          // All orders of b's first repeat reach the same.
          aopc_morf_normalised: estimate(1, 7 / 12),
          aopc_lerf_normalised: estimate(1, 1 / 36),
        },
      },
      {
        network: 'net',
        method: 'random',
        images: 2,
        metrics: {
          // a: 2/3; b: (0 + 1 + 2)/3 and 0.
          aopc_morf: ofTwo(1 / 2, 2 / 3),
          aopc_morf_vs_random: ofTwo(0, 0),
          aopc_morf_sum: ofTwo(3 / 2, 2),
          // a: (0 + 1/4 + 1/4)/3 and (0 + 0 + 1/2)/3.
          aopc_morf_relative: estimate(1, 1 / 6),
          // a: (3.5 + 3)/2 and (3 + 4)/2; b: -4/2 and -1.
          deletion_auc: ofTwo(-3 / 2, 27 / 8),
          // a: (2/3 - 0)/3 and (2/3 - 1)/2.
          aopc_morf_normalised: estimate(1, 1 / 36),
        },
      },
    ]);
  });

  it('stands in aopc.csv, a metric beside its interval', () => {
    const [lrp = {}, random = {}] = csvOf(directory, 'aopc.csv');
    expect(readFileSync(directory.file('aopc.csv'), 'utf8').split('\n')[0]).toBe(
      'method,images,' +
        [
          ...['aopc_morf', 'aopc_lerf', 'abpc', 'aopc_morf_vs_random', 'aopc_morf_sum', 'aopc_morf_relative'],
          ...['deletion_auc', 'insertion_auc', 'aopc_morf_normalised', 'aopc_lerf_normalised'],
        ]
          .map(columnsOf)
          .join(',') +
        ',network',
    );
    expect(lrp).toMatchObject({ method: 'lrp-zplus', images: '2', network: 'net' });
    const { value, low, high } = ofTwo(1 / 2, 4 / 3);
    expect(numbersOf(lrp, ['abpc', 'abpc_ci_low', 'abpc_ci_high'])).toEqual([value, low, high]);
    expect(lrp).toMatchObject({ abpc_interval: 'student', abpc_images: '2' });
    // Only one image has a value, whose interval is unknown.
    expect(numbersOf(lrp, ['aopc_morf_relative', 'aopc_morf_relative_ci_low'])).toEqual([0.5, undefined]);
    expect(lrp).toMatchObject({ aopc_morf_relative_images: '1' });
    expect(lrp).not.toHaveProperty('aopc_morf_relative_interval');
    expect(numbersOf(random, ['aopc_lerf', 'aopc_lerf_ci_low'])).toEqual([undefined, undefined]);
  });

  it('rests on the curves in curves.csv, a line a score', () => {
    const lines = readFileSync(directory.file('curves.csv'), 'utf8').trimEnd().split('\n');
    expect(lines[0]).toBe('image,class,method,order,repeat,step,score,network');
    // By image: three orders of one method and one of the other, two repeats, three scores.
    expect(lines).toHaveLength(1 + 2 * 4 * 2 * 3);
    expect(lines.slice(4, 8)).toEqual([
      'a,cat,lrp-zplus,morf,1,0,4,net',
      'a,cat,lrp-zplus,morf,1,1,0,net',
      'a,cat,lrp-zplus,morf,1,2,2,net',
      'a,cat,lrp-zplus,lerf,0,0,4,net',
    ]);
  });
});

describe('the table of box metrics', () => {
  const measures = (outside: number, inside: number, rest: Record<string, number>) => ({
    ...(inside !== 0 && { outside_inside: outside / inside }),
    ...rest,
    mean_outside: outside,
    mean_inside: inside,
  });
  const of = (name: string, boxes: Record<string, number>): ExplanationRecord =>
    explanationOf('lrp-zplus', { class: name, boxes });
  const units = [
    unitOf('a', {
      explanations: [
        of('dog', measures(3, 2, { pointing_game: 0 })),
        of('cat', measures(1, 2, { pointing_game: 1 })),
      ],
    }),
    unitOf('b', { explanations: [of('cat', measures(1, 1, { pointing_game: 1 }))] }),
    // No relevance inside: neither a ratio nor a point.
    unitOf('c', { explanations: [of('cat', measures(1, 0, {}))] }),
    // A class that was explained but has no boxes does not count.
    unitOf('d', { explanations: [explanationOf('lrp-zplus')] }),
  ];
  const contextOf = async (aggregate: string) => {
    const boxes = { metrics: ['outside-inside', 'pointing-game'], aggregate };
    const directory = directoryOf(experimentOf({ boxes }), units);
    return { directory, context: (await writeResults(directory)).summary.context };
  };
  const head = { network: 'net', method: 'lrp-zplus' };

  it('is by class, then over all classes, where an image counts once', async () => {
    const { context } = await contextOf('mean-of-ratios');
    expect(context).toEqual([
      {
        ...head,
        class: 'cat',
        // Of three images two have a ratio.
        images: 2,
        undefined: 1,
        metrics: { outside_inside: ofTwo(1 / 2, 1), pointing_game: wilson(2, 1, 0.34238, 1) },
      },
      {
        ...head,
        class: 'dog',
        images: 1,
        undefined: 0,
        metrics: { outside_inside: estimate(1, 3 / 2), pointing_game: wilson(1, 0, 0, 0.79345) },
      },
      {
        ...head,
        class: 'all',
        total: true,
        images: 2,
        undefined: 1,
        // a: the mean of 3/2 and 1/2; b: 1.
        metrics: { outside_inside: ofTwo(1, 1), pointing_game: wilson(2, 3 / 4, 0.19787, 0.97332) },
      },
    ]);
  });

  it('takes the ratio of the means, too: every image counts, and a resample may divide by 0', async () => {
    const { context } = await contextOf('ratio-of-means');
    expect(context.map(({ metrics }) => metrics.outside_inside)).toEqual([
      // (1 + 1 + 1)/(2 + 1 + 0); three times image c has nothing inside.
      estimate(3, 1),
      estimate(1, 3 / 2),
      // a: (3 + 1)/2 outside, 2 inside.
      estimate(3, 4 / 3),
    ]);
  });

  it('stands in context.csv, and what it rests on in boxes.csv', async () => {
    const { directory } = await contextOf('mean-of-ratios');
    expect(readFileSync(directory.file('context.csv'), 'utf8').split('\n')[0]).toBe(
      'class,method,images,outside_inside,ci_low,ci_high,outside_inside_interval,outside_inside_images,' +
        `${columnsOf('pointing_game')},network`,
    );
    const rows = csvOf(directory, 'context.csv');
    const told = ['class', 'images', 'outside_inside', 'outside_inside_interval', 'pointing_game_interval'];
    expect(rows.map((row) => told.map((column) => row[column]))).toEqual([
      ['cat', '2', '0.75', 'student', 'wilson'],
      // A single ratio has no interval; a hit or miss has.
      ['dog', '1', '1.5', undefined, 'wilson'],
      // Two that do not differ have none either.
      ['all', '2', '1', undefined, 'wilson'],
    ]);
    const { low, high } = ofTwo(1 / 2, 1);
    expect(numbersOf(rows[0] ?? {}, ['ci_low', 'ci_high'])).toEqual([low, high]);
    expect(readFileSync(directory.file('boxes.csv'), 'utf8')).toBe(
      [
        'image,class,method,outside_inside,pointing_game,mean_outside,mean_inside,network',
        'a,dog,lrp-zplus,1.5,0,3,2,net',
        'a,cat,lrp-zplus,0.5,1,1,2,net',
        'b,cat,lrp-zplus,1,1,1,1,net',
        'c,cat,lrp-zplus,,,1,0,net',
        '',
      ].join('\n'),
    );
  });
});

describe('tables of numbers that every heatmap has', () => {
  it('complexity: the mean over images, network by network, and no interval of a single image', async () => {
    const complexity = { entropy: 2, gini: 0.5, top_1_percent: 0.25, png_kb: 3 };
    const units = [
      unitOf('a', { explanations: [explanationOf('lrp-zplus', { complexity })] }),
      unitOf('b', {
        explanations: [
          explanationOf('lrp-zplus', { complexity: { ...complexity, entropy: 5 } }),
          // Two classes of one image count once: (1 + 4)/2 and 3.
          explanationOf('gradient-l2', { complexity: { entropy: 1, gini: 1 } }),
          explanationOf('gradient-l2', { class: 'dog', complexity: { entropy: 4 } }),
        ],
      }),
      unitOf('b', { network: 'other', explanations: [explanationOf('lrp-zplus', { complexity })] }),
    ];
    const networks = ['net', 'other'];
    const left = unitOf('a', { network: 'other' });
    const directory = directoryOf(experimentOf({ complexity: true }, networks), [...units, left]);
    expect((await writeResults(directory)).summary.complexity).toEqual([
      {
        network: 'net',
        method: 'lrp-zplus',
        images: 2,
        metrics: {
          entropy: ofTwo(2, 5),
          gini: ofTwo(1 / 2, 1 / 2),
          top_1_percent: ofTwo(1 / 4, 1 / 4),
          png_kb: ofTwo(3, 3),
        },
      },
      {
        network: 'net',
        method: 'gradient-l2',
        images: 1,
        metrics: { entropy: estimate(1, 5 / 2), gini: estimate(1, 1) },
      },
      {
        network: 'other',
        method: 'lrp-zplus',
        images: 1,
        metrics: {
          entropy: estimate(1, 2),
          gini: estimate(1, 1 / 2),
          top_1_percent: estimate(1, 1 / 4),
          png_kb: estimate(1, 3),
        },
      },
    ]);
    const metrics = [
      ...['entropy', 'gini', 'top_1_percent', 'top_5_percent', 'top_10_percent'],
      ...['effective_complexity', 'effective_complexity_relative', 'png_kb'],
    ];
    const [header, line] = readFileSync(directory.file('complexity.csv'), 'utf8').split('\n');
    expect(header).toBe(
      `method,images,${[...metrics, 'jpeg_kb', 'image_entropy'].map(columnsOf).join(',')},network`,
    );
    // Only entropy varies.
    expect(line).toMatch(
      /^lrp-zplus,2,3\.5,-15\.5\d+,22\.5\d+,student,2,0\.5,,,,2,0\.25,,,,2,(,){20}3,,,,2,(,){10}net$/,
    );
  });

  it('robustness: images without a value are left out metric by metric', async () => {
    const robustness = { infidelity: 8, infidelity_scaled: 2, max_sensitivity: 1 };
    const units = [
      unitOf('a', { explanations: [explanationOf('lrp-zplus', { robustness })] }),
      unitOf('b', { explanations: [explanationOf('lrp-zplus', { robustness: { infidelity: 4 } })] }),
      unitOf('c', { explanations: [explanationOf('lrp-zplus', { robustness: {} })] }),
    ];
    const directory = directoryOf(experimentOf({ perturbation: {}, robustness: {} }), units);
    expect((await writeResults(directory)).summary.robustness).toEqual([
      {
        network: 'net',
        method: 'lrp-zplus',
        images: 3,
        metrics: {
          infidelity: ofTwo(4, 8),
          infidelity_scaled: estimate(1, 2),
          max_sensitivity: estimate(1, 1),
        },
      },
    ]);
    expect(readFileSync(directory.file('robustness.csv'), 'utf8').split('\n')).toEqual([
      `method,images,${ROBUSTNESS_METRICS.map(({ id }) => columnsOf(id)).join(',')},network`,
      expect.stringMatching(/^lrp-zplus,3,6,-19\.4\d+,31\.4\d+,student,2,2,,,,1,1,,,,1,{46}net$/),
      '',
    ]);
  });

  it('sanity: stage by stage, and the verdict where the upper half of the layers is random', async () => {
    const stages = (...similarities: number[]) => ({
      stages: similarities.map((value, i) => ({
        layers: i + 1,
        layer: `layer ${i + 1}`,
        similarity: { spearman_absolute: value },
      })),
      metrics: {},
    });
    const units = [
      unitOf('a', {
        explanations: [
          explanationOf('lrp-zplus', { sanity: stages(0.5, 0.25, 0) }),
          explanationOf('edges', { sanity: stages(1, 1, 1) }),
        ],
      }),
      unitOf('b', { explanations: [explanationOf('lrp-zplus', { sanity: stages(1, 0.75, 0.5) })] }),
    ];
    const directory = directoryOf(experimentOf({ sanity: { threshold: 0.5 } }), units);
    const { sanity, reactions } = (await writeResults(directory)).summary;
    const row = (layers: number, a: number, b: number) => ({
      network: 'net',
      method: 'lrp-zplus',
      layers,
      layer: `layer ${layers}`,
      images: 2,
      metrics: { spearman_absolute: ofTwo(a, b) },
    });
    expect(sanity.slice(0, 3)).toEqual([row(1, 1 / 2, 1), row(2, 1 / 4, 3 / 4), row(3, 0, 1 / 2)]);
    // Two of three layers are the first stage that holds the upper half; at the threshold a method reacts.
    expect(reactions).toEqual([
      { network: 'net', method: 'lrp-zplus', images: 2, similarity: 0.5, reacts: true },
      { network: 'net', method: 'edges', images: 1, similarity: 1, reacts: false },
    ]);
    const similarities = ['spearman', 'spearman_absolute', 'ssim', 'ssim_absolute'];
    const [header, , second] = readFileSync(directory.file('sanity.csv'), 'utf8').split('\n');
    expect(header).toBe(`method,layers,layer,images,${similarities.map(columnsOf).join(',')},network`);
    expect(second).toMatch(/^lrp-zplus,2,layer 2,2,,,,,,0\.5,-2\.6\d+,3\.6\d+,student,2,(,){10}net$/);
  });

  it('what was not asked has no file and an empty list', async () => {
    const directory = directoryOf(experimentOf(), [
      unitOf('a', { explanations: [explanationOf('lrp-zplus')] }),
    ]);
    const { summary } = await writeResults(directory);
    expect(Object.keys(summary)).toEqual([
      ...[
        'name',
        'dataset',
        'networks',
        'images',
        'accuracy',
        'nearChance',
        'averagePrecision',
        'methods',
        'rankings',
        'ratios',
        'accuracyBySteps',
      ],
      ...[
        'context',
        'channels',
        'strongestChannels',
        'groups',
        'removal',
        'complexity',
        'complexityOfNetworks',
        'faithfulness',
        'robustness',
        'sanity',
        'reactions',
        'sanityMetrics',
        'metricRanks',
        'metricAgreement',
        'unmeasured',
        'sums',
        'flagged',
      ],
    ]);
    expect(summary).toMatchObject({
      ...{
        methods: [],
        rankings: [],
        ratios: [],
        context: [],
        complexity: [],
        robustness: [],
        sanity: [],
        reactions: [],
      },
    });
    for (const name of ['aopc', 'ratios', 'curves', 'boxes', 'context', 'complexity', 'robustness', 'sanity'])
      expect(() => readFileSync(directory.file(`${name}.csv`))).toThrow('ENOENT');
  });
});

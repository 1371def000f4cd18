import { describe, expect, it } from 'vitest';
import type { UnitResult } from '../../src/evaluation/unit.js';
import type { Experiment } from '../../src/experiment/config.js';
import { reportData } from '../../src/results/report-data.js';
import { writeResults } from '../../src/results/results.js';
import { directoryOf, experimentOf, explanationOf, foundIn, ofTwo, unitOf } from './hand-made.js';
import { PERTURBED, perturbedUnits } from './perturbed.js';

async function reportOf(experiment: Experiment, units: readonly UnitResult[]) {
  const directory = directoryOf(experiment, units);
  const { summary } = await writeResults(directory);
  return reportData(directory, { summary, ...(await foundIn(experiment, units)) });
}
/** What one image shows: a value whose interval is unknown. */
const alone = (value: number) => ({ value, interval: 'unknown' });
const close = (value: number) => expect.closeTo(value, 12);

describe('a perturbed run', () => {
  const report = reportOf(PERTURBED, perturbedUnits());

  it('has the AOPC family as its scores: of the metrics that were measured, with their direction', async () => {
    const { scores, methods } = await report;
    expect(methods).toEqual(['lrp-zplus', 'random'].map((name) => ({ label: name, name })));
    expect(scores?.columns).toHaveLength(10);
    expect(scores?.columns[1]).toEqual({
      title: 'AOPC (LeRF)',
      note: 'Samek et al. 2017, arXiv 1509.06321',
      better: 'lower',
    });
    const [lrp, random] = scores?.entries ?? [];
    expect(lrp?.label).toBe('lrp-zplus');
    const { images: _, ...shown } = ofTwo(1 / 2, 2);
    expect(lrp?.cells[0]).toEqual(shown);
    expect(lrp?.cells[5]).toEqual({ value: close(1 / 2), interval: 'unknown' });
    expect(random?.cells[1]).toBeUndefined();
    // Two images cannot separate anything.
    expect([lrp?.tiedWith, random?.tiedWith]).toEqual([['random'], ['lrp-zplus']]);
  });

  it('begins with the best method, and whether a test separates it from the others', async () => {
    const { finding, subtitle, warnings } = await report;
    // The mean AOPC of lrp-zplus is (2 + 1/2)/2, and Student's interval of two images reaches tan(0.475 pi) (2 - 1/2)/2 around.
    expect(finding?.sentences).toEqual([
      'On net, lrp-zplus has the highest AOPC (MoRF) of 2 methods: 1.25 [-8.28,\u00a010.78]t. Too few images to separate any of the methods: 2, and it takes 6.',
    ]);
    expect(finding?.better).toBe('higher');
    expect(finding?.chart.groups).toEqual(['net']);
    expect(finding?.chart.series.map(({ label, bars }) => [label, bars[0]?.value])).toEqual([
      ['lrp-zplus', close(5 / 4)],
      ['random', close(7 / 12)],
    ]);
    expect(subtitle).toBe('net · folder · 2 measured, 0 failed, 0 skipped');
    expect(warnings).toEqual([]);
  });

  it('has its curves by order: AOPC, absolute and relative to random, and the mean score', async () => {
    const { curves } = await report;
    expect(curves.map(({ order, scale, y }) => [order, scale, y])).toEqual([
      ['morf', 'absolute', 'AOPC (logit)'],
      ['lerf', 'absolute', 'AOPC (logit)'],
      ['difference', 'absolute', 'ABPC (logit)'],
      ['morf', 'relative', 'AOPC − AOPC of random order (logit)'],
      ['lerf', 'relative', 'AOPC − AOPC of random order (logit)'],
      ['insertion', 'score', 'score (logit)'],
      ['morf', 'score', 'score (logit)'],
      ['lerf', 'score', 'score (logit)'],
    ]);
    expect(curves[0]?.x).toBe("regions replaced (2 images: Student's intervals)");
    expect(curves[0]?.curves.map(({ label }) => label)).toEqual(['lrp-zplus', 'random']);
    expect(curves[2]?.curves[0]?.values.map((value) => value)).toEqual([0, 1, 11 / 12].map(close));
  });

  it('has the paired comparisons as a table', async () => {
    const { tables } = await report;
    expect(tables.map(({ title }) => title)).toEqual(['Paired comparisons: AOPC (MoRF)']);
    // a: 2 - 2/3, b: 1/2 - 1/2; of four assignments of signs all reach as far.
    const { images: _, ...shown } = ofTwo(0, 4 / 3);
    expect(tables[0]?.entries).toEqual([
      {
        label: 'lrp-zplus − random',
        cells: [shown, '1.0', { value: close(1 / Math.sqrt(2)) }],
      },
    ]);
  });

  it('says what was measured', async () => {
    const { words, facts } = await report;
    expect(words[0]).toBe(
      'Regions of 1 × 1 pixels were replaced most relevant first (MoRF) and least relevant first (LeRF), and put back most relevant first (insertion): one after the other, in 2 steps.',
    );
    expect(facts).toContainEqual({ name: 'network', value: 'net' });
    expect(facts).toContainEqual({ name: 'images', value: '2 measured, 0 failed, 0 skipped' });
  });
});

describe('a method that many others are as good as', () => {
  const best = 'lrp-zplus';
  const alike = [
    'center',
    'edges',
    'gradient-l2',
    'deconvnet-l2',
    'occlusion',
    'gradient-linf',
    'deconvnet-linf',
  ];

  const worse = [
    ...['random', 'sensitivity-l2', 'sensitivity-linf', 'sensitivity-square'],
    ...['gradient-x-input', 'guided-backprop-l2', 'guided-backprop-linf'],
  ];

  /** Falls of one step: 2.5 of the best, 1 and 3 in turn of those that are as good, none of the others. */
  const sentenceOf = async (methods: readonly string[]) => {
    const fall = (method: string, image: number) =>
      method === best ? 2.5 : worse.includes(method) ? 0 : 1 + 2 * (image % 2);
    const units = Array.from({ length: 14 }, (_, image) =>
      unitOf(`image-${image}`, {
        explanations: methods.map((method) =>
          explanationOf(method, { curves: { morf: [[4, 4 - fall(method, image)]] } }),
        ),
      }),
    );
    const perturbation = { region: 1, steps: 1, orders: ['morf'] };
    const { finding } = await reportOf(experimentOf({ methods, perturbation }), units);
    return finding?.sentences[0]?.replace(/^.*\. /, '');
  };

  it('is followed by the names of a few, and the number of the others', async () => {
    expect(await sentenceOf([best, ...alike, ...worse])).toBe(
      `A paired test does not separate it from ${alike.slice(0, 5).join(', ')} or 2 others (the table of methods says which).`,
    );
  });

  it('is followed by all names where there are hardly more', async () => {
    expect(await sentenceOf([best, ...alike.slice(1), ...worse.slice(1)])).toBe(
      `A paired test does not separate it from ${alike.slice(1, 6).join(', ')} or ${alike[6]}.`,
    );
  });

  it('is followed by those that are separated where they are fewer', async () => {
    expect(await sentenceOf([best, 'center', 'edges', 'random'])).toBe(
      'A paired test separates it only from random.',
    );
  });
});

describe('a run of several networks and families', () => {
  const stage = (value: number) => ({ layers: 1, layer: 'fc', similarity: { spearman_absolute: value } });
  const units = (network: string, add: number): UnitResult[] => [
    unitOf('a', {
      network,
      labels: ['cat'],
      top: [{ label: 'cat', score: 1 }],
      classScores: { cat: 1 },
      explanations: [
        explanationOf('lrp-zplus', {
          complexity: { entropy: 1 + add, gini: 0.5, image_entropy: 7 },
          robustness: { infidelity: 3 + add },
          sanity: { stages: [stage(0.25)], metrics: {} },
        }),
        explanationOf('random', { complexity: { entropy: 9 }, robustness: {} }),
        explanationOf('edges', { sanity: { stages: [stage(1)], metrics: { efficient_mprt: 0 } } }),
      ],
    }),
  ];
  const experiment = experimentOf(
    {
      complexity: true,
      robustness: { removals: 0 },
      sanity: {},
      dataset: { type: 'folder', root: '/', select: 'correct' },
    },
    ['net', 'other'],
  );
  const report = reportOf(experiment, [...units('net', 0), ...units('other', 1)]);
  const tableOf = async (title: string) =>
    (await report).tables.find((table) => table.title.startsWith(title));

  it('names methods with their networks', async () => {
    expect((await report).methods).toEqual(
      ['net', 'other'].flatMap((network) =>
        ['lrp-zplus', 'gradient-l2', 'random'].map((name) => ({
          label: `${name} · ${network}`,
          name,
          network,
        })),
      ),
    );
  });

  it('has the results of an image at the places of their networks, where one of them failed, too', async () => {
    const failed: UnitResult = {
      key: 'net/a',
      network: 'net',
      image: 'a',
      status: 'failed',
      reason: 'torn',
    };
    const kept = { ...experiment, heatmaps: 1 };
    const { gallery, facts } = await reportOf(kept, [failed, ...units('other', 1)]);
    expect(gallery?.measured).toBe(1);
    const image = await gallery?.images[0]?.();
    expect(image?.results.map((result) => result !== undefined)).toEqual([
      ...[false, false, false],
      ...[true, false, true],
    ]);
    expect(facts).toContainEqual({
      name: 'images',
      value: '1 (2 networks together) measured, 1 failed, 0 skipped',
    });
  });

  it('begins with how the networks differ', async () => {
    const { finding } = await report;
    expect(finding?.chart).toMatchObject({ x: 'Gini index', groups: ['net', 'other'] });
    expect(finding?.sentences[0]).toMatch(/^Gini index of lrp-zplus, net minus other: 0 /);
  });

  it('has neither scores nor curves, but a table a family', async () => {
    const { scores, curves, bars } = await report;
    expect([scores, curves, bars]).toEqual([undefined, [], []]);
  });

  it('average precision: a column a network', async () => {
    expect(await tableOf('Average precision')).toMatchObject({
      columns: [{ title: 'net' }, { title: 'other' }],
      entries: [
        { label: 'mean over classes', cells: [{ value: 1 }, { value: 1 }] },
        { label: 'cat', cells: [{ value: 1 }, { value: 1 }] },
      ],
    });
  });

  it('complexity and robustness: a row a method, a column a metric', async () => {
    const complexity = await tableOf('Complexity');
    expect(complexity?.columns.map(({ title }) => title)).toEqual([
      ...['Entropy (bits)', 'Gini index'],
      ...[1, 5, 10].map((percent) => `Share of the top ${percent} % of pixels`),
      ...['Pixels with |R| above 1e-5', 'Pixels with |R| above 1 % of the largest'],
      ...['PNG (kB)', 'JPEG (kB)', 'Image entropy'],
    ]);
    expect(
      complexity?.entries.map(({ label, network, cells }) => [label, network, cells[0], cells[9]]),
    ).toEqual([
      ['lrp-zplus', 'net', alone(1), alone(7)],
      ['random', 'net', alone(9), undefined],
      ['lrp-zplus', 'other', alone(2), alone(7)],
      ['random', 'other', alone(9), undefined],
    ]);
    const robustness = await tableOf('Robustness');
    expect(robustness?.columns[0]).toEqual({
      title: 'Infidelity',
      note: 'Yeh et al. 2019, arXiv 1901.09392',
      better: 'lower',
    });
    expect(robustness?.entries.map(({ cells }) => cells[0])).toEqual([
      alone(3),
      undefined,
      alone(4),
      undefined,
    ]);
  });

  it('sanity: a table a network, a column a stage, then the verdict', async () => {
    const sanity = await tableOf('Sanity: heatmaps as layers are re-initialised, other');
    expect(sanity?.columns).toEqual([{ title: '1 random', note: 'down to fc' }, { title: 'reacts' }]);
    expect(sanity?.entries).toEqual([
      { label: 'lrp-zplus', network: 'other', cells: [alone(0.25), 'yes'] },
      { label: 'edges', network: 'other', cells: [alone(1), 'no'] },
    ]);
  });

  it('says which images were used', async () => {
    expect((await report).words).toContain('Only images that net classifies correctly were used.');
  });
});

describe('what a run of boxes begins with', () => {
  const explained = (name: string, method: string, ratio: number) =>
    explanationOf(method, {
      class: name,
      boxes: { outside_inside: ratio, mean_outside: ratio, mean_inside: 1 },
    });
  const units = [
    unitOf('a', { explanations: [explained('cat', 'lrp-zplus', 0.5), explained('cat', 'random', 1)] }),
    unitOf('b', { explanations: [explained('boat', 'lrp-zplus', 1.5), explained('boat', 'random', 1)] }),
  ];

  it('is the ratio over all classes, and between which classes it lies', async () => {
    const { finding } = await reportOf(experimentOf({ boxes: {} }), units);
    expect(finding?.sentences).toEqual([
      expect.stringMatching(
        /^On net, lrp-zplus has an outside-inside ratio of 1 \[.*\]t; by class from 1\.5 \(boat, 1 image\) to 0\.5 \(cat, 1 image\)\.$/,
      ),
    ]);
    expect(finding?.chart.reference).toBe(1);
    expect(finding?.better).toBeUndefined();
    expect(finding?.chart.series.map(({ label, bars }) => [label, bars[0]?.value])).toEqual([
      ['lrp-zplus', 1],
      ['random', 1],
    ]);
  });
});

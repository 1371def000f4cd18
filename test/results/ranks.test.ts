import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { IMAGES } from '../../src/input/called.js';
import { ranksOnPage } from '../../src/results/report-ranks.js';
import { writeResults } from '../../src/results/results.js';
import { directoryOf, experimentOf, explanationOf, unitOf } from './hand-made.js';

const METHODS = ['lrp-zplus', 'gradient-l2', 'random'];

/** Ten images: the better the Gini index of a method, the worse its drop; gradient-l2 has no drop on one image. */
const UNITS = Array.from({ length: 10 }, (_, i) =>
  unitOf(`image ${i}`, {
    key: `net/image ${i}`,
    explanations: METHODS.map((method, m) =>
      explanationOf(method, {
        complexity: { gini: 0.9 - 0.2 * m + i / 1000, entropy: 1 },
        faithfulness: i === 0 && m === 1 ? {} : { average_drop: 0.6 - 0.2 * m, ...(m < 2 && { saco: 0.5 }) },
      }),
    ),
  }),
);

describe('ranks by every metric', async () => {
  const faithfulness = { metrics: ['average', 'saco'] };
  const directory = directoryOf(experimentOf({ methods: METHODS, complexity: true, faithfulness }), UNITS);
  const { metricRanks, metricAgreement } = (await writeResults(directory)).summary;
  const read = (file: string) => readFileSync(directory.file(file), 'utf8').trim().split('\n');

  it('of all families, each from its better end; a metric of fewer than three methods has no order', () => {
    expect(metricRanks.map(({ metric, images }) => [metric, images])).toEqual([
      ['entropy', 10],
      ['gini', 10],
      ['average_drop', 9],
    ]);
    const [entropy, gini, drop] = metricRanks.map(({ methods }) =>
      methods.map(({ id, rank, first, last }) => [id, rank, first, last]),
    );
    expect(entropy?.map(([, ...rank]) => rank)).toEqual(new Array(3).fill([1, 1, 3]));
    expect(gini).toEqual(METHODS.map((id, i) => [id, i + 1, i + 1, i + 1]));
    expect(drop).toEqual(METHODS.toReversed().map((id, i) => [id, i + 1, i + 1, i + 1]));
  });

  it('where metrics disagree; what does not vary agrees with nothing', () => {
    const pair = (first: string, second: string, kendall?: number) => ({
      network: 'net',
      first,
      second,
      kendall,
      methods: 3,
    });
    expect(metricAgreement).toEqual([
      pair('entropy', 'gini'),
      pair('entropy', 'average_drop'),
      pair('gini', 'average_drop', -1),
    ]);
    expect(read('agreement.csv')).toEqual([
      'first,second,kendall,methods,network',
      'entropy,gini,,3,net',
      'entropy,average_drop,,3,net',
      'gini,average_drop,-1,3,net',
    ]);
    expect(read('ranks.csv')[7]).toMatch(/^average_drop,lower,random,9,0\.(2|19{5})\d*,1,1,1,net$/);
  });

  it('on the page: ranks with what ties leave open, and the pair that agrees least', () => {
    const page = ranksOnPage({ metricRanks, metricAgreement }, IMAGES);
    expect(page?.sentences).toEqual([
      'On net, the metrics that agree least on the order of methods, by Kendall’s tau: Gini index and Average drop (−1.00, 3 methods).',
    ]);
    const [ranks, agreement] = page?.tables ?? [];
    expect(ranks?.columns.map(({ better }) => better)).toEqual(['lower', 'higher', 'lower']);
    expect(ranks?.entries.map(({ label, cells }) => [label, ...cells])).toEqual([
      ['lrp-zplus', '1 (1–3)', '1', '3'],
      ['gradient-l2', '1 (1–3)', '2', '2'],
      ['random', '1 (1–3)', '3', '1'],
    ]);
    expect(agreement?.entries.map(({ label, cells }) => [label, ...cells])).toEqual([
      ['Gini index', undefined, ''],
      ['Average drop', undefined, '−1.00'],
    ]);
  });

  it('two methods have no order to disagree in', async () => {
    const two = directoryOf(
      experimentOf({ methods: METHODS.slice(0, 2), complexity: true }),
      UNITS.map((unit) => ({ ...unit, explanations: unit.explanations.slice(0, 2) })),
    );
    const { summary } = await writeResults(two);
    expect([summary.metricRanks, summary.metricAgreement]).toEqual([[], []]);
    expect(ranksOnPage(summary, IMAGES)).toBeUndefined();
  });
});

import { expect, test } from 'vitest';
import { barTables, findingBars } from '../../../src/report/html/bars.js';
import type { BarChart } from '../../../src/report/types.js';
import { cells } from './cells.js';
import { OF_ONE, reportData } from './sample.js';

const [chart] = reportData([]).bars as [BarChart];

/** Widths and hues of the bars. */
function barsOf(markup: unknown): [number, string][] {
  const bars = String(markup).matchAll(/<rect class="hue(\d)"[^>]* width="([\d.]+)" y=/g);
  return Array.from(bars, ([, hue = '', width]) => [Number(width), hue]);
}

test('bars are sorted, and their lengths are proportional to the values', () => {
  const markup = barTables(chart, OF_ONE);
  expect(cells(markup).slice(1)).toEqual([
    ['sofa 9 images', '', '0.900'],
    ['sheep 4 images', '', '0.400 0.300 to 0.600'],
  ]);
  const [[first = 0] = [], [second = 0] = []] = barsOf(markup);
  expect(first / second).toBeCloseTo(0.9 / 0.4, 6);
});

test('several bars of a group stand below its name, in the colours of their methods', () => {
  const series = ['random', 'sensitivity-l2'].map((label) => ({ label, bars: [{ value: 1 }, undefined] }));
  const markup = barTables({ ...chart, series }, OF_ONE);
  expect(cells(markup).slice(1)).toEqual([
    ['sheep 4 images'],
    ['random', '', '1.00'],
    ['sensitivity-l2', '', '1.00'],
    ['sofa 9 images'],
    ['random', '', 'no value'],
    ['sensitivity-l2', '', 'no value'],
  ]);
  expect(barsOf(markup).map(([, hue]) => hue)).toEqual(['2', '1', '2', '1']);
});

test('an interval of Student is dashed, an image alone is not plural', () => {
  const student = { value: 2, low: -1, high: 5, interval: 'student' } as const;
  const one = { ...chart, groups: ['g'], counts: ['1'], series: [{ label: 's', bars: [student] }] };
  const markup = barTables(one, []);
  expect(String(markup)).toContain('<path class="whisker" stroke-dasharray="3"');
  expect(cells(markup)[1]).toEqual(['g 1 image', '', '2.00 −1.00 to 5.00 (t)']);
});

test('what is behind the first 40 bars is folded, what is behind 240 is said', () => {
  const groups = Array.from({ length: 500 }, (_, group) => `class ${group}`);
  const series = [{ label: 's', bars: groups.map((_, group) => ({ value: 500 - group })) }];
  const { counts: _, ...rest } = chart;
  const markup = String(barTables({ ...rest, groups, series }, []));
  const [shown = '', folded = ''] = markup.split('<details');
  expect(barsOf(shown)).toHaveLength(40);
  expect(barsOf(folded)).toHaveLength(200);
  expect(folded).toMatch(/^ class="fold"><summary>200 more/);
  expect(shown).toContain('the 240 largest of 500; the tables have all');
});

test('the chart of a finding: networks below each other, each from best to worst', () => {
  const series = [
    { label: 'random', bars: [{ value: 1 }, { value: 3 }] },
    { label: 'lrp-alpha2-beta1', bars: [{ value: 2 }, undefined] },
    { label: 'sensitivity-l2', bars: [{ value: -1 }, { value: 2 }] },
  ];
  const two = { title: 't', x: 'loss', groups: ['net', 'other'], series };
  const rows = (better?: 'higher' | 'lower') =>
    cells(findingBars({ sentences: [], chart: two, ...(better && { better }) }, OF_ONE))
      .slice(1)
      .map(([name]) => name);
  const [random, lrp, sensitivity] = ['random', 'lrp-alpha2-beta1', 'sensitivity-l2'];
  expect(rows('lower')).toEqual(['net', sensitivity, random, lrp, 'other', sensitivity, random, lrp]);
  expect(rows('higher')).toEqual(['net', lrp, random, sensitivity, 'other', random, sensitivity, lrp]);
  expect(rows()).toEqual(['net', random, lrp, sensitivity, 'other', random, lrp, sensitivity]);
});

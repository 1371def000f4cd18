import { expect, test } from 'vitest';
import type { ResultTable } from '../../../src/report/html/data.js';
import { disagreement, galleryControls } from '../../../src/report/html/gallery.js';
import { barTable, recordList, resultTable } from '../../../src/report/html/sections.js';
import { METHODS, reportData } from './sample.js';

const report = reportData([]);

/** The texts of the cells, row by row. */
function cells(markup: unknown): string[][] {
  return [...String(markup).matchAll(/<tr[^>]*>(.*?)<\/tr>/gs)].map((row) =>
    [...(row[1] ?? '').matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map((cell) =>
      (cell[1] ?? '')
        .replace(/<[^>]*>/g, ' ')
        .replace(/\s+/g, ' ')
        .trim(),
    ),
  );
}

test('values stand with their intervals and common decimals, the best is marked, ties are named', () => {
  const markup = resultTable(report.scores as ResultTable, METHODS);
  expect(cells(markup)).toEqual([
    ['method', 'AOPC MoRF higher is better', 'AOPC LeRF lower is better', 'tied with'],
    ['lrp-alpha2-beta1', '12.3 (best) 11.9 to 13.0', '2.00', '–'],
    ['sensitivity-l2', '−7.5', '1.00 (best)', 'random'],
    ['random', '4.0', 'no value', 'sensitivity-l2'],
  ]);
});

test('intervals of few images are marked, and those that are unknown', () => {
  const student = { value: 2, low: -1, high: 5, interval: 'student' } as const;
  const table: ResultTable = {
    title: 't',
    rows: 'r',
    columns: [{ title: 'a' }, { title: 'b' }, { title: 'c' }],
    entries: [
      {
        label: 'x',
        cells: [
          student,
          { value: 1, interval: 'unknown' },
          { value: 1, low: 0.2, high: 1, interval: 'wilson' },
        ],
      },
    ],
  };
  expect(cells(resultTable(table, []))[1]).toEqual([
    'x',
    '2.00 −1.00 to 5.00 (t)',
    '1.00 unknown',
    '1.00 0.20 to 1.00',
  ]);
  const bars = barTable({
    title: 'b',
    x: 'x',
    groups: ['g'],
    counts: ['2'],
    series: [{ label: 's', bars: [student] }],
  });
  expect(String(bars)).toContain('<path class="whisker" stroke-dasharray="3"');
});

test('nobody is tied, and no column says so', () => {
  const { entries, ...table } = report.scores as ResultTable;
  const untied = { ...table, entries: entries.map((entry) => ({ ...entry, tiedWith: [] })) };
  expect(cells(resultTable(untied, METHODS))[0]).toEqual([
    'method',
    'AOPC MoRF higher is better',
    'AOPC LeRF lower is better',
  ]);
});

test('nothing is best where no direction is known or nothing can be compared', () => {
  const table: ResultTable = {
    title: 't',
    rows: 'r',
    columns: [{ title: 'a' }, { title: 'b', better: 'higher' }],
    entries: [
      { label: 'x', cells: [{ value: 1 }, { value: 1 }] },
      { label: 'y', cells: [{ value: 2 }, 'n/a'] },
    ],
  };
  expect(String(resultTable(table, []))).not.toContain('best');
  expect(cells(resultTable(table, []))[0]).toEqual(['r', 'a', 'b higher is better']);
});

test('tiny and huge values are written as powers of ten', () => {
  const table = (value: number): ResultTable => ({
    title: 't',
    rows: 'r',
    columns: [{ title: 'a' }],
    entries: [{ label: 'x', cells: [{ value }] }],
  });
  expect(cells(resultTable(table(4.8e-8), []))[1]).toEqual(['x', '4.8e−8']);
  expect(cells(resultTable(table(-2e9), []))[1]).toEqual(['x', '−2.0e9']);
  expect(cells(resultTable(table(0), []))[1]).toEqual(['x', '0']);
});

test('bars are sorted, and their lengths are proportional to the values', () => {
  const [chart] = report.bars;
  if (!chart) throw new Error('the sample has bars');
  const markup = String(barTable(chart));
  expect(cells(markup).slice(1)).toEqual([
    ['sofa', '9', '', '0.900'],
    ['sheep', '4', '', '0.400 0.300 to 0.600'],
  ]);
  const widths = [...markup.matchAll(/width="([\d.]+)" y=/g)].map((match) => Number(match[1]));
  expect((widths[0] ?? 0) / (widths[1] ?? 0)).toBeCloseTo(0.9 / 0.4, 6);
});

test('a record is written whole, nested as it is', () => {
  const markup = String(recordList({ a: 1, b: { c: [1, 2], d: [{ e: null }] } }));
  expect(
    markup
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim(),
  ).toBe('a 1 b c 1, 2 d e null');
});

test('disagreement is the share of regions that pairs of methods do not have in common', () => {
  const result = (...order: number[]) => ({ morf: { order, scores: [] } });
  expect(disagreement([result(1, 2), result(2, 1)])).toBe(0);
  expect(disagreement([result(1, 2), result(3, 4)])).toBe(1);
  // Shares of the three pairs: 1/2, 1, 1/2.
  expect(disagreement([result(1, 2), result(2, 3), result(3, 4)])).toBeCloseTo(2 / 3, 12);
  expect(disagreement([result(1), undefined, {}])).toBeUndefined();
});

test('a gallery without perturbations speaks of none', () => {
  expect(String(galleryControls(report))).toMatch(/AOPC of random.*Disagreement is.*that replaced them/s);
  expect(String(galleryControls({ ...report, curves: [] }))).not.toMatch(/AOPC|[Dd]isagreement|replaced/);
});

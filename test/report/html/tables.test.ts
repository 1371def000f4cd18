import { expect, test } from 'vitest';
import type { Method, ResultTable } from '../../../src/report/html/data.js';
import { foldedTable, resultTable } from '../../../src/report/html/tables.js';
import { cells } from './cells.js';
import { OF_ONE, reportData } from './sample.js';

const report = reportData([]);

test('from best to worst, with intervals and common decimals; the best is marked, ties are named', () => {
  const markup = resultTable(report.scores as ResultTable, OF_ONE);
  expect(cells(markup)).toEqual([
    ['method', 'AOPC MoRF higher is better', 'AOPC LeRF lower is better', 'tied with'],
    ['lrp-alpha2-beta1', '12.35 (best) 11.90 to 13.00', '2.00', '–'],
    ['random', '4.00', 'no value', 'sensitivity-l2'],
    ['sensitivity-l2', '−7.50', '1.00 (best)', 'random'],
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
});

test('nobody is tied, and no column says so', () => {
  const { entries, ...table } = report.scores as ResultTable;
  const untied = { ...table, entries: entries.map((entry) => ({ ...entry, tiedWith: [] })) };
  expect(cells(resultTable(untied, OF_ONE))[0]).toEqual([
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
  expect(cells(resultTable(table(4.8e-8), []))[1]).toEqual(['x', '4.80e−8']);
  expect(cells(resultTable(table(-2e9), []))[1]).toEqual(['x', '−2.00e9']);
  expect(cells(resultTable(table(0), []))[1]).toEqual(['x', '0']);
});

test('of several networks each has its own rows, its own order and its own best', () => {
  const methods: Method[] = ['net', 'other'].flatMap((network) =>
    ['a-b', 'c'].map((name) => ({ label: `${name} · ${network}`, name, network })),
  );
  const row = (label: string, network: string, value: number) => ({ label, network, cells: [{ value }] });
  const table: ResultTable = {
    title: 't',
    rows: 'method',
    columns: [{ title: 'loss', better: 'lower' }],
    entries: [row('a-b', 'net', 3), row('c', 'net', 2), row('a-b', 'other', 5), row('c', 'other', 9)],
  };
  const markup = resultTable(table, methods);
  expect(cells(markup)).toEqual([
    ['method', 'loss lower is better'],
    ['net'],
    ['c', '2.00 (best)'],
    ['a-b', '3.00'],
    ['other'],
    ['a-b', '5.00 (best)'],
    ['c', '9.00'],
  ]);
  // A method has its colour on every network.
  const hues = Array.from(String(markup).matchAll(/swatch hue(\d)/g), ([, hue]) => hue);
  expect(hues).toEqual(['1', '0', '0', '1']);
});

test('a long table is folded, a short one open; both say what they are', () => {
  const table = (rows: number): ResultTable => ({
    title: 'by class',
    rows: 'class',
    columns: [{ title: 'a' }],
    entries: Array.from({ length: rows }, (_, row) => ({ label: `class ${row}`, cells: [] })),
  });
  expect(String(foldedTable(table(12), []))).toMatch(/^<details class="fold" open><summary>by class/);
  expect(String(foldedTable(table(13), []))).toMatch(
    /^<details class="fold"><summary>by class\s+<span class="note">13 rows<\/span><\/summary>/,
  );
});

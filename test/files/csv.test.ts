import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeCsv } from '../../src/files/csv.js';

let path: string;
beforeAll(async () => {
  path = join(await mkdtemp(join(tmpdir(), 'heatproof-csv-')), 'table.csv');
});
afterAll(() => rm(dirname(path), { recursive: true }));

test('columns keep their order, undefined is empty, other keys are left out', async () => {
  const rows = [
    { step: 2, image: 'a', extra: 'x' },
    { image: 'b', score: undefined },
  ];
  await writeCsv(path, ['image', 'step', 'score'], rows);
  expect(await readFile(path, 'utf8')).toBe('image,step,score\na,2,\nb,,\n');
});

test('quotes what would break a line or a field', async () => {
  const names = ['a,b', 'say "x"', 'two\nlines', 'return\rhere', 'plain', ' spaced ', ''];
  await writeCsv(
    path,
    ['name'],
    names.map((name) => ({ name })),
  );
  expect(await readFile(path, 'utf8')).toBe(
    'name\n"a,b"\n"say ""x"""\n"two\nlines"\n"return\rhere"\nplain\n spaced \n\n',
  );
});

test('numbers read back as the same number, in the shortest form', async () => {
  const numbers = [0.1, 1 / 3, 5e-324, 1e21, -2, 123456789012, Math.fround(0.1)];
  await writeCsv(
    path,
    ['value'],
    numbers.map((value) => ({ value })),
  );
  const text = await readFile(path, 'utf8');
  expect(text.split('\n').slice(1, -1).map(Number)).toEqual(numbers);
  expect(text).toBe('value\n0.1\n0.3333333333333333\n5e-324\n1e+21\n-2\n123456789012\n0.10000000149011612\n');
});

test('no rows give the header alone', async () => {
  await writeCsv(path, ['a', 'b'], []);
  expect(await readFile(path, 'utf8')).toBe('a,b\n');
});

test('rows stream through in pieces; a row that fails leaves no file', async () => {
  async function* many(failAt?: number) {
    for (let row = 0; row < 2500; row++) {
      if (row === failAt) throw new Error('row lost');
      yield { row };
    }
  }
  await writeCsv(path, ['row'], many());
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  expect(lines).toEqual(['row', ...Array.from({ length: 2500 }, (_, row) => String(row))]);
  const other = join(path, '..', 'other.csv');
  await expect(writeCsv(other, ['row'], many(1700))).rejects.toThrow('row lost');
  expect(await readdir(join(path, '..'))).toEqual(['table.csv']);
});

test('text that a spreadsheet would run is marked, numbers are not', async () => {
  const names = ['=1+1', '+1', '-1', '@SUM(1)', '\t=1', '\r=1', "'quoted", 'a=b', -1];
  await writeCsv(
    path,
    ['name'],
    names.map((name) => ({ name })),
  );
  expect(await readFile(path, 'utf8')).toBe(
    "name\n'=1+1\n'+1\n'-1\n'@SUM(1)\n'\t=1\n\"'\r=1\"\n'quoted\na=b\n-1\n",
  );
});

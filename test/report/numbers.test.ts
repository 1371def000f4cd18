import { expect, it } from 'vitest';
import { short } from '../../src/report/html/client/dom.js';
import { columnFormat, shortNumber, threeDigits } from '../../src/report/numbers.js';

it.each([
  // A number that is small beside the largest keeps its digits, as far as two decimals go.
  [
    [420, 1.003],
    ['420.00', '1.00'],
  ],
  [
    [5.4321, 0.0123],
    ['5.43', '0.01'],
  ],
  [
    [420, 38.27],
    ['420.0', '38.3'],
  ],
  [
    [0.1234, 0.00001],
    ['0.123', '0.000'],
  ],
  // What rounds to 0 has no sign, and 0 asks for no digits.
  [
    [1, -0.001, 0],
    ['1.00', '0.00', '0.00'],
  ],
  [
    [-12.34, 0],
    ['-12.3', '0.0'],
  ],
  [
    [0, 0],
    ['0', '0'],
  ],
  [
    [1234567, -3],
    ['1.23e6', '-3.00e0'],
  ],
  [
    [1.5e-7, 0],
    ['1.50e-7', '0.00e0'],
  ],
])('%j share their number of decimals', (values, texts) => {
  expect(values.map(columnFormat(values))).toEqual(texts);
});

// A script of the page cannot import what node runs, so that both are held to one list.
it.each([
  [0, '0'],
  [-0, '0'],
  [1, '1'],
  [-0.5, '−0.5'],
  [123.456, '123'],
  [-1234.5, '−1230'],
  [99_949, '99900'],
  [99_999, '100000'],
  [100_000, '1.0e5'],
  [-1.25e7, '−1.3e7'],
  [0.001, '0.001'],
  [0.000999, '1.0e−3'],
  [-4.56e-9, '−4.6e−9'],
  [Number.NaN, 'NaN'],
  [Number.POSITIVE_INFINITY, 'Infinity'],
])('%d is %s for people, in the page as in what is written', (value, text) => {
  expect([shortNumber(value), short(value)]).toEqual([text, text]);
});

it.each([
  [0.5, '0.500'],
  [-12, '−12.0'],
  [1000, '1000'],
  [0.0001, '1.0e−4'],
])('%d has three digits: %s', (value, text) => {
  expect(threeDigits(value)).toBe(text);
});

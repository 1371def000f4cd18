import { expect, it } from 'vitest';
import { columnFormat } from '../../src/report/numbers.js';

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

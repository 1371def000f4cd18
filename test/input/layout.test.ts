import { describe, expect, test } from 'vitest';
import { layoutOf } from '../../src/input/layout.js';
import { ownRange } from '../../src/input/range.js';

describe('layoutOf', () => {
  test.each([
    { shape: [30], kind: 'features', channels: 1, rows: 1, columns: 30, places: 30, heatmapShape: [30] },
    {
      shape: [64, 640],
      kind: 'signal',
      channels: 64,
      rows: 1,
      columns: 640,
      places: 640,
      heatmapShape: [640],
    },
    { shape: [3, 4, 5], kind: 'image', channels: 3, rows: 4, columns: 5, places: 20, heatmapShape: [4, 5] },
    {
      shape: [2, 3, 4, 5],
      kind: 'volume',
      channels: 2,
      rows: 1,
      columns: 60,
      places: 60,
      heatmapShape: [3, 4, 5],
    },
  ])('$kind $shape', (layout) => {
    expect(layoutOf(layout.shape)).toEqual(layout);
  });
});

test('an array is its own range: least, largest and mean value of every channel', () => {
  const input = Float32Array.of(1, 2, 3, -4, 0, 7);
  expect(ownRange(input, layoutOf([2, 3]))).toEqual({ low: [1, -4], high: [3, 7], mean: [2, 1] });
  expect(ownRange(input, layoutOf([6]))).toEqual({ low: [-4], high: [7], mean: [1.5] });
});

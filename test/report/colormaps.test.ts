import { expect, test } from 'vitest';
import type { Heatmap } from '../../src/input/heatmap.js';
import { colorOf, commonLimit, paint } from '../../src/report/colormaps.js';

const map = (values: number[], signed = true): Heatmap => ({
  values: Float32Array.from(values),
  columns: values.length,
  rows: 1,
  signed,
});

/** Lightness L* of CIELAB, 0 to 100. */
function lightness(color: readonly number[]): number {
  const linear = (channel: number) =>
    channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  const [r = 0, g = 0, b = 0] = color.map((channel) => linear(channel / 255));
  const y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return y > 0.008856 ? 116 * Math.cbrt(y) - 16 : 903.3 * y;
}

test('zero is white in both maps, whatever its sign and the limit', () => {
  for (const zero of [0, -0]) {
    expect(colorOf(zero, 3, true)).toEqual([255, 255, 255]);
    expect(colorOf(zero, 1e-9, false)).toEqual([255, 255, 255]);
  }
});

test('relevance for the class is red, against it blue, and the ends hold for everything beyond', () => {
  expect(colorOf(2, 2, true)).toEqual([0x67, 0x00, 0x1f]);
  expect(colorOf(-2, 2, true)).toEqual([0x05, 0x30, 0x61]);
  expect(colorOf(Number.POSITIVE_INFINITY, 2, true)).toEqual(colorOf(2, 2, true));
  expect(colorOf(-7, 2, true)).toEqual(colorOf(-2, 2, true));
  expect(colorOf(1, 2, true)[0]).toBeGreaterThan(colorOf(1, 2, true)[2]);
  expect(colorOf(-1, 2, true)[2]).toBeGreaterThan(colorOf(-1, 2, true)[0]);
});

const STOP_AT_TWO_FIFTHS = [0xf4, 0xa5, 0x82];

test('a stop of the published map lies at its place', () => {
  expect(colorOf(0.6, 1, true)).toEqual(colorOf(1.2, 2, true));
  colorOf(0.4, 1, true).forEach((channel, index) => {
    expect(Math.abs(channel - (STOP_AT_TWO_FIFTHS[index] ?? 0))).toBeLessThanOrEqual(1);
  });
});

test('lightness falls from step to step, and alike for both signs', () => {
  for (let step = 1; step <= 32; step++) {
    for (const [sign, signed] of [
      [1, true],
      [-1, true],
      [1, false],
    ] as const) {
      const before = lightness(colorOf((sign * (step - 1)) / 32, 1, signed));
      expect(lightness(colorOf((sign * step) / 32, 1, signed))).toBeLessThan(before);
    }
    const difference = lightness(colorOf(step / 32, 1, true)) - lightness(colorOf(-step / 32, 1, true));
    expect(Math.abs(difference)).toBeLessThan(6);
  }
});

test('a sensitivity has no colour below zero', () => {
  expect(colorOf(-1, 1, false)).toEqual([255, 255, 255]);
});

test('not a number is grey, never a value of the scale', () => {
  expect(colorOf(Number.NaN, 1, true)).toEqual([128, 128, 128]);
});

test('paint gives three bytes a value, row by row', () => {
  expect([...paint(map([0, 5, -5]), 5)]).toEqual([255, 255, 255, 0x67, 0x00, 0x1f, 0x05, 0x30, 0x61]);
});

test('the limit is the largest magnitude, of one map or of several', () => {
  expect(commonLimit([map([1, -4, 2])])).toBe(4);
  expect(commonLimit([map([1, -4, 2]), map([0, 9], false)])).toBe(9);
});

test('a percentile is a magnitude of that rank', () => {
  const values = Array.from({ length: 200 }, (_, i) => (i % 2 ? -1 : 1) * (i + 1));
  expect(commonLimit([map(values)], 99.5)).toBe(199);
  expect(commonLimit([map(values)], 50)).toBe(100);
});

test('a sparse map keeps its largest value, an empty one gets a scale, what is not finite is left out', () => {
  expect(commonLimit([map([0, 0, 0, 7])], 50)).toBe(7);
  expect(commonLimit([map([0, 0])], 99)).toBe(1);
  expect(commonLimit([])).toBe(1);
  expect(commonLimit([map([Number.NaN, 3, Number.POSITIVE_INFINITY])])).toBe(3);
});

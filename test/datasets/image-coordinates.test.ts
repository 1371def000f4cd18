import { describe, expect, it } from 'vitest';
import { IMAGE_GRID, toImageCoordinates } from '../../src/datasets/image-coordinates.js';
import { placeImage } from '../../src/datasets/placement.js';
import { preprocessingSchema } from '../../src/datasets/preprocessing.js';
import type { Heatmap } from '../../src/input/heatmap.js';

/** A square heatmap of a value at every column and row. */
function heatmapOf(size: number, value: (column: number, row: number) => number): Heatmap {
  const values = Float32Array.from({ length: size * size }, (_, i) => value(i % size, Math.floor(i / size)));
  return { values, rows: size, columns: size, signed: false };
}

describe('toImageCoordinates', () => {
  it('puts the crop of a 256 x 256 warp back to where it was cut, and 0 around it', () => {
    const preprocessing = preprocessingSchema.parse({ resize: [256, 256], crop: 224 });
    const placement = placeImage({ width: 500, height: 375 }, preprocessing, { width: 224, height: 224 });
    const x = toImageCoordinates(
      heatmapOf(224, (column) => column + 1),
      placement,
    );
    const y = toImageCoordinates(
      heatmapOf(224, (_, row) => row + 1),
      placement,
    );
    expect(x).toMatchObject({ rows: 256, columns: 256, signed: false });
    const at = ({ values }: Heatmap, column: number, row: number) => values[row * IMAGE_GRID + column];
    expect(at(x, 15, 100)).toBe(0);
    expect(at(x, 16, 100)).toBe(1);
    expect(at(y, 100, 16)).toBe(1);
    expect(at(x, 239, 239)).toBe(224);
    expect(at(y, 100, 240)).toBe(0);
  });

  it('brings networks of different input size to the same place', () => {
    const warp = (size: number) =>
      placeImage({ width: 300, height: 400 }, preprocessingSchema.parse({}), { width: size, height: size });
    const dot = (size: number) =>
      heatmapOf(size, (column, row) => Number(column === size / 2 && row === size / 4));
    const small = toImageCoordinates(dot(64), warp(64));
    const large = toImageCoordinates(dot(128), warp(128));
    const index = (IMAGE_GRID / 4) * IMAGE_GRID + IMAGE_GRID / 2;
    expect([small.values[index], large.values[index]]).toEqual([1, 1]);
  });
});

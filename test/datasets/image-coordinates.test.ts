import { describe, expect, it } from 'vitest';
import { IMAGE_GRID, toImageCoordinates } from '../../src/datasets/image-coordinates.js';
import { placeImage } from '../../src/datasets/placement.js';
import { preprocessingSchema } from '../../src/datasets/preprocessing.js';

/** A heatmap that holds, at every pixel, its own column and row. */
function columnsAndRows(size: number) {
  const columns = Float32Array.from({ length: size * size }, (_, i) => (i % size) + 1);
  const rows = Float32Array.from({ length: size * size }, (_, i) => Math.floor(i / size) + 1);
  return { columns, rows };
}

describe('toImageCoordinates', () => {
  it('puts the crop of a 256 x 256 warp back to where it was cut, and 0 around it', () => {
    const preprocessing = preprocessingSchema.parse({ resize: [256, 256], crop: 224 });
    const placement = placeImage({ width: 500, height: 375 }, preprocessing, { width: 224, height: 224 });
    const { columns, rows } = columnsAndRows(224);
    const x = toImageCoordinates(columns, placement);
    const y = toImageCoordinates(rows, placement);
    const at = (map: Float32Array, column: number, row: number) => map[row * IMAGE_GRID + column];
    expect(at(x, 15, 100)).toBe(0);
    expect(at(x, 16, 100)).toBe(1);
    expect(at(y, 100, 16)).toBe(1);
    expect(at(x, 239, 239)).toBe(224);
    expect(at(y, 100, 240)).toBe(0);
  });

  it('brings networks of different input size to the same place', () => {
    const warp = (size: number) =>
      placeImage({ width: 300, height: 400 }, preprocessingSchema.parse({}), { width: size, height: size });
    const dot = (size: number) => {
      const map = new Float32Array(size * size);
      map[(size / 4) * size + size / 2] = 1;
      return map;
    };
    const small = toImageCoordinates(dot(64), warp(64));
    const large = toImageCoordinates(dot(128), warp(128));
    const index = (IMAGE_GRID / 4) * IMAGE_GRID + IMAGE_GRID / 2;
    expect([small[index], large[index]]).toEqual([1, 1]);
  });
});

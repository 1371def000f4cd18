import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import {
  cutRect,
  pasteRect,
  regionGrid,
  regionRect,
  regionRelevance,
} from '../../src/perturbation/regions.js';

describe('regionGrid', () => {
  it('is the 25 x 25 grid of Samek et al. at 227 x 227, two pixels left over at the right and bottom', () => {
    const grid = regionGrid([227, 227], 9);
    expect([grid.rows, grid.columns, grid.count]).toEqual([25, 25, 625]);
    expect(regionRect(grid, 0)).toEqual({ top: 0, left: 0, height: 9, width: 9 });
    expect(regionRect(grid, 26)).toEqual({ top: 9, left: 9, height: 9, width: 9 });
    expect(regionRect(grid, 624)).toEqual({ top: 216, left: 216, height: 9, width: 9 });
  });

  it('counts rows and columns apart', () => {
    const grid = regionGrid([10, 23], 5);
    expect([grid.rows, grid.columns]).toEqual([2, 4]);
    expect(regionRect(grid, 5)).toEqual({ top: 5, left: 5, height: 5, width: 5 });
  });

  it('takes windows of a signal and single features as images of height 1', () => {
    const windows = regionGrid([64], 9);
    expect([windows.height, windows.rows, windows.columns, windows.regionHeight]).toEqual([1, 1, 7, 1]);
    expect(regionRect(windows, 3)).toEqual({ top: 0, left: 27, height: 1, width: 9 });
    expect(regionGrid([30], 1).count).toBe(30);
  });

  it.each([[0], [-1], [1.5], [11], [Number.NaN]])('refuses regions of size %d', (region) => {
    expect(() => regionGrid([10, 20], region)).toThrow(InputError);
    expect(() => regionGrid([10, 20], region)).toThrow(/region size .*\[10,20\].*got/);
  });
});

describe('regionRelevance', () => {
  it('sums or averages the heatmap in every region and leaves the remainder out', () => {
    const grid = regionGrid([5, 4], 2);
    const heatmap = Float32Array.from({ length: 20 }, (_, i) => i);
    expect([...regionRelevance(heatmap, grid)]).toEqual([
      0 + 1 + 4 + 5,
      2 + 3 + 6 + 7,
      8 + 9 + 12 + 13,
      10 + 11 + 14 + 15,
    ]);
    expect([...regionRelevance(heatmap, grid, 'mean')]).toEqual([2.5, 4.5, 10.5, 12.5]);
  });

  it('refuses a heatmap of another size', () => {
    expect(() => regionRelevance(new Float32Array(9), regionGrid([5, 4], 2))).toThrow(
      /5 x 4 = 20 values, got 9/,
    );
  });
});

describe('cutRect and pasteRect', () => {
  it('move one rectangle of every channel and nothing else', () => {
    const grid = regionGrid([4, 5], 2);
    const image = Float32Array.from({ length: 40 }, (_, i) => i);
    const rect = regionRect(grid, 3);
    expect([...cutRect(image, grid, rect)]).toEqual([12, 13, 17, 18, 32, 33, 37, 38]);
    const copy = image.slice();
    pasteRect(copy, grid, rect, new Float32Array(8).fill(-1));
    expect([...copy].flatMap((value, i) => (value === image[i] ? [] : [i]))).toEqual([
      12, 13, 17, 18, 32, 33, 37, 38,
    ]);
    pasteRect(copy, grid, rect, cutRect(image, grid, rect));
    expect(copy).toEqual(image);
  });
});

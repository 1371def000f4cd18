import { z } from 'zod';
import type { InputLayout } from '../../input/layout.js';

/** What the input is divided into. */
export const CELLS = z
  .union([z.int().min(1).max(64), z.tuple([z.int().min(1).max(64), z.int().min(1).max(64)])])
  .describe(
    'segments: cells along each axis, or [rows, columns]; signals and feature vectors have as many pieces in one row',
  );

/** Segments of an input: the number of each place's segment. */
export interface Segments {
  readonly count: number;
  readonly rows: number;
  readonly columns: number;
  readonly of: Int32Array;
  /** Places of each segment. */
  readonly sizes: Int32Array;
}

/** Cells of a grid, row by row: place y of an axis of `size` belongs to cell floor(y parts / size). */
export function gridSegments(layout: InputLayout, cells: z.infer<typeof CELLS>): Segments {
  const [down, across] = typeof cells === 'number' ? [cells, cells] : cells;
  const rows = layout.rows === 1 ? 1 : Math.min(down, layout.rows);
  const columns = Math.min(layout.rows === 1 ? down * across : across, layout.columns);
  const of = Int32Array.from({ length: layout.places }, (_, place) => {
    const [y, x] = [Math.floor(place / layout.columns), place % layout.columns];
    const row = Math.floor((y * rows) / layout.rows);
    return row * columns + Math.floor((x * columns) / layout.columns);
  });
  const sizes = new Int32Array(rows * columns);
  for (const segment of of) sizes[segment] = (sizes[segment] as number) + 1;
  return { count: rows * columns, rows, columns, of, sizes };
}

/** A number a segment as a map: every place gets its share, so that the map has the sum of the numbers. */
export function spread(values: ArrayLike<number>, { of, sizes }: Segments): Float32Array {
  return Float32Array.from(of, (segment) => (values[segment] as number) / (sizes[segment] as number));
}

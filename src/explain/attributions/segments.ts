import { z } from 'zod';
import { mismatch } from '../../errors.js';
import type { Replaceable } from '../../incremental/spans.js';
import { type Document, wordUnits } from '../../input/document.js';
import { labOf } from '../../input/lab.js';
import type { InputLayout } from '../../input/layout.js';
import { ownRange } from '../../input/range.js';
import type { ExplainRequest } from '../request.js';
import type { Passes } from './passes.js';
import { slic } from './slic.js';

/** What the input is divided into. */
export const CELLS = z
  .union([z.int().min(1).max(64), z.tuple([z.int().min(1).max(64), z.int().min(1).max(64)])])
  .describe(
    'segments: cells along each axis, or [rows, columns]; signals and feature vectors have as many pieces in one row',
  );

/** Segments of an input: the number of each place's segment; -1 of places that are in none and always stay. */
export interface Segments {
  readonly count: number;
  readonly of: Int32Array;
  /** Places of each segment. */
  readonly sizes: Int32Array;
}

/** Segments that are the cells of a grid, row by row. */
export interface Cells extends Segments, Replaceable {
  readonly rows: number;
  readonly columns: number;
}

export const SLIC = z
  .int()
  .min(2)
  .max(1000)
  .optional()
  .describe('superpixels of an image by SLIC, about this many, in the place of cells');

export interface SegmentSettings {
  readonly cells: z.infer<typeof CELLS>;
  readonly slic?: number | undefined;
}

/** The segments of a request: cells, or superpixels; of a text its words. @throws InputError for superpixels of what is no image */
export function segmentsOf(
  { cells, slic: wanted }: SegmentSettings,
  method: string,
  passes: Passes,
): (request: ExplainRequest) => Segments {
  const { layout, name } = passes.network;
  if (wanted === undefined) {
    const grid = gridSegments(layout, cells);
    return ({ document }) => (document ? wordSegments(layout, document) : grid);
  }
  if (layout.kind !== 'image') {
    throw mismatch({
      what: `superpixels of ${method}`,
      where: `network ${name}`,
      expected: 'an image',
      got: `an input of shape [${layout.shape}]`,
    });
  }
  return ({ input }) => {
    const of = slic(coloursOf(input, layout, passes), layout, wanted);
    const count = of.reduce((a, b) => Math.max(a, b)) + 1;
    return { count, of, sizes: sizesOf(of, count) };
  };
}

/** L, a and b of an image of three channels; other channels brought to 0..100. */
function coloursOf(input: Float32Array, layout: InputLayout, { options }: Passes): Float64Array {
  const { channels, places } = layout;
  const range = options.low && options.high ? options : ownRange(input, layout);
  const share = (c: number, place: number) => {
    const [low = 0, high = 1] = [range.low, range.high].map((ends) => ends?.[c] ?? ends?.[0]);
    return Math.min(Math.max(((input[c * places + place] as number) - low) / (high - low || 1), 0), 1);
  };
  const colours = new Float64Array(input.length);
  const order = options.channels === 'bgr' ? ([2, 1, 0] as const) : ([0, 1, 2] as const);
  for (let place = 0; place < places; place++) {
    const lab = () => labOf(...(order.map((c) => share(c, place)) as [number, number, number]));
    const features =
      channels === 3 ? lab() : Array.from({ length: channels }, (_, c) => 100 * share(c, place));
    features.forEach((value, c) => {
      colours[c * places + place] = value;
    });
  }
  return colours;
}

/** Cells of a grid, row by row: place y of an axis of `size` belongs to cell floor(y parts / size). */
export function gridSegments(layout: InputLayout, cells: z.infer<typeof CELLS>): Cells {
  const [down, across] = typeof cells === 'number' ? [cells, cells] : cells;
  const rows = layout.rows === 1 ? 1 : Math.min(down, layout.rows);
  const columns = Math.min(layout.rows === 1 ? down * across : across, layout.columns);
  const of = Int32Array.from({ length: layout.places }, (_, place) => {
    const [y, x] = [Math.floor(place / layout.columns), place % layout.columns];
    const row = Math.floor((y * rows) / layout.rows);
    return row * columns + Math.floor((x * columns) / layout.columns);
  });
  const count = rows * columns;
  const begin = (cell: number, cells: number, size: number) => Math.ceil((cell * size) / cells);
  const rectangles = (cell: number) => {
    const [row, column] = [Math.floor(cell / columns), cell % columns];
    const [top, left] = [begin(row, rows, layout.rows), begin(column, columns, layout.columns)];
    const height = begin(row + 1, rows, layout.rows) - top;
    return [{ top, left, height, width: begin(column + 1, columns, layout.columns) - left }];
  };
  return { layout, count, rows, columns, of, sizes: sizesOf(of, count), rectangles };
}

/** The words of a text. */
function wordSegments(layout: InputLayout, document: Document): Segments {
  const { count, rectangles } = wordUnits(layout, document);
  const of = new Int32Array(layout.places).fill(-1);
  for (let word = 0; word < count; word++) for (const { left } of rectangles(word)) of[left] = word;
  return { count, of, sizes: sizesOf(of, count) };
}

function sizesOf(of: Int32Array, count: number): Int32Array {
  const sizes = new Int32Array(count);
  for (const segment of of) if (segment >= 0) sizes[segment] = (sizes[segment] as number) + 1;
  return sizes;
}

/** A number a segment as a map: every place gets its share, so that the map has the sum of the numbers. */
export function spread(values: ArrayLike<number>, { of, sizes }: Segments): Float32Array {
  return Float32Array.from(of, (segment) =>
    segment < 0 ? 0 : (values[segment] as number) / (sizes[segment] as number),
  );
}

import { resolve } from 'node:path';
import { paperFigures } from '../papers/figures.js';
import { formatPaperTable } from '../papers/formats.js';
import { paperTable } from '../papers/table.js';
import type { TableFormat } from '../papers/table-formats.js';
import { printed } from '../report/drawing.js';
import type { Format } from '../report/formats.js';
import { render } from '../report/render.js';
import { readFinished } from '../results/finished.js';

/** Which part of a run a table shows, and how it is written. */
export interface TableOptions {
  /** Default markdown. */
  readonly format?: TableFormat;
  /** Rows, separated by commas; default all. */
  readonly methods?: string | undefined;
  /** Columns, separated by commas; by default those that a run prints. */
  readonly metrics?: string | undefined;
  /** Whether intervals stand beside the values (default); a CSV file always has them. */
  readonly intervals?: boolean;
  /** Whether ranks stand in the place of values; default false. */
  readonly ranks?: boolean;
}

/**
 * A finished run as a table for a paper, as `heatproof table` writes it.
 *
 * @throws InputError for a folder without a finished run, or a method or metric that it does not have
 */
export async function table(
  runDirectory: string,
  { format = 'markdown', intervals = true, ...choice }: TableOptions = {},
): Promise<string> {
  const run = await readFinished(resolve(runDirectory));
  return formatPaperTable(paperTable(run, { ...choice, intervals }), format);
}

/** Which charts of a run are drawn, and how. */
export interface FigureOptions {
  /** Default pdf. */
  readonly formats?: readonly Format[];
  /** As files in plots/ are called, without ending; default all. */
  readonly figures?: readonly string[];
  /** Separated by commas; default all. */
  readonly methods?: string | undefined;
  /** Points in print; default 8.8 cm, a column. */
  readonly width?: number;
  /** Whether a title stands above (default). */
  readonly title?: boolean;
  /** Whether curves have their intervals as bands (default). */
  readonly bands?: boolean;
}

/** A chart as a file. */
export interface FigureFile {
  /** With its ending. */
  readonly name: string;
  readonly bytes: Buffer;
}

const COLUMN = (8.8 * 72) / 2.54;

/**
 * Charts of a finished run for a paper, as `heatproof figure` draws them, one after the other.
 *
 * @throws InputError for a folder without a finished run, or a figure or method that it does not have
 */
export async function* figures(
  runDirectory: string,
  options: FigureOptions = {},
): AsyncGenerator<FigureFile> {
  const { formats = ['pdf'], figures = [], methods, width = COLUMN, title = true, bands = true } = options;
  const run = await readFinished(resolve(runDirectory));
  const choice = { figures, methods, bands, size: printed(width), titled: title };
  for (const { name, drawing } of paperFigures(run, choice)) {
    for (const format of formats) yield { name: `${name}.${format}`, bytes: await render(drawing, format) };
  }
}

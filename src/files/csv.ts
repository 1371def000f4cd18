import { stringify } from 'csv-stringify/sync';
import { writeAtomic } from './atomic.js';

/** A row by column name. Numbers are written in the shortest form that reads back as the same number; undefined is empty. */
export type CsvRow<Column extends string> = { readonly [column in Column]?: string | number | undefined };

const ROWS_AT_ONCE = 1000;

/**
 * Writes rows as CSV (RFC 4180 quoting, lines end with "\n", first line the column names) in the order of `columns`,
 * atomically and a thousand rows at a time, so that any number of rows can stream through.
 * Keys of a row that are not columns are left out.
 */
export async function writeCsv<Column extends string>(
  path: string,
  columns: readonly Column[],
  rows: Iterable<CsvRow<Column>> | AsyncIterable<CsvRow<Column>>,
): Promise<void> {
  await writeAtomic(path, csvPieces(columns, rows));
}

async function* csvPieces<Column extends string>(
  columns: readonly Column[],
  rows: Iterable<CsvRow<Column>> | AsyncIterable<CsvRow<Column>>,
): AsyncGenerator<string> {
  yield stringify([columns], CSV_TEXT);
  let piece: CsvRow<Column>[] = [];
  for await (const row of rows) {
    if (piece.push(row) < ROWS_AT_ONCE) continue;
    yield stringify(piece, { ...CSV_TEXT, columns });
    piece = [];
  }
  yield stringify(piece, { ...CSV_TEXT, columns });
}

/**
 * A lone carriage return would end the line for some readers. Text that a spreadsheet would run as a formula gets an
 * apostrophe before it, which numbers never need.
 */
export const CSV_TEXT = { quoted_match: /\r/, escape_formulas: true };

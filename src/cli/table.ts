import { visible } from '../visible.js';

const WIDEST = 110;
const USUAL = 80;
const GAP = '  ';
/** What every part of a table has for other columns than its keys, however wide they are. */
const LEAST_ROOM = 30;

/** Columns that text may take: the terminal's, at most 110; 80 where there is no terminal. */
export function terminalWidth(): number {
  return Math.min(WIDEST, process.stdout.columns || USUAL);
}

/**
 * A plain-text table with a rule below the header. The first column is left-aligned, the others as told: numbers right,
 * words left. Where it would be wider than the terminal, cells are broken at spaces into lines, the widest column
 * first; a no-break space holds together what must stay on one line. Where one number of a column is broken all are, so
 * that they stay below each other. Columns for which there is no room follow in a table of their own, with the first `keys`
 * columns, which say what a row is about, in front again.
 */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  align: 'left' | 'right' = 'right',
  keys = 1,
  width = terminalWidth(),
): string {
  const cells = [header, ...rows].map((row) => row.map(visible));
  return partsOf(cells, keys, width)
    .map((columns) => cells.map((row) => columns.map((column) => row[column] ?? '')))
    .map((part) => formatPart(part, align, width))
    .join('\n\n')
    .replaceAll('\u00a0', ' ');
}

/** The columns of each table: as many as there is room for beside the keys, at their narrowest. */
function partsOf(rows: readonly (readonly string[])[], keys: number, width: number): number[][] {
  const needed = narrowestColumns(rows).map((own) => own + GAP.length);
  const front = [...needed.keys()].slice(0, keys);
  const taken = front.reduce((sum, column) => sum + (needed[column] as number), -GAP.length);
  const parts = [[...front]];
  let room = Math.max(width - taken, LEAST_ROOM);
  for (const [column, own] of [...needed.entries()].slice(keys)) {
    if (own > room) {
      parts.push([...front]);
      room = Math.max(width - taken, LEAST_ROOM);
    }
    parts.at(-1)?.push(column);
    room -= own;
  }
  return parts.filter((columns) => columns.length > keys || parts.length === 1);
}

function formatPart(
  [head = [], ...body]: readonly (readonly string[])[],
  align: 'left' | 'right',
  width: number,
): string {
  const widths = fitColumns([head, ...body], width);
  const rule = widths.map((own) => '─'.repeat(own)).join(GAP);
  const stacked = widths.map(
    (own, i) => align === 'right' && body.some((row) => (row[i] ?? '').length > own),
  );
  const breakAt = widths.map((own, i) => (stacked[i] ? 0 : own));
  const lines = (cells: readonly string[], limits = breakAt) => rowLines(cells, widths, limits, align);
  return [...lines(head, widths), rule, ...body.flatMap((row) => lines(row))].join('\n');
}

function columnsOf(rows: readonly (readonly string[])[]): string[][] {
  return (rows[0] ?? []).map((_, i) => rows.map((row) => row[i] ?? ''));
}

function widest(texts: readonly string[]): number {
  return Math.max(...texts.map((text) => text.length));
}

/** How wide each column must be for its longest word. */
function narrowestColumns(rows: readonly (readonly string[])[]): number[] {
  return columnsOf(rows).map((cells) => widest(cells.flatMap((cell) => cell.split(' '))));
}

/** How wide each column is: as wide as its widest cell, or less where the table would be too wide. */
function fitColumns(rows: readonly (readonly string[])[], width: number): number[] {
  const widths = columnsOf(rows).map(widest);
  const narrowest = narrowestColumns(rows);
  const total = () => widths.reduce((sum, own) => sum + own, GAP.length * (widths.length - 1));
  while (total() > width) {
    const shrinkable = widths.map((own, i) => (own > (narrowest[i] as number) ? own : 0));
    const most = Math.max(...shrinkable);
    if (most === 0) break;
    widths[shrinkable.indexOf(most)] = most - 1;
  }
  return widths;
}

/** A row as lines of text: as many as its highest cell has. */
function rowLines(
  cells: readonly string[],
  widths: readonly number[],
  limits: readonly number[],
  align: 'left' | 'right',
): string[] {
  const broken = limits.map((limit, i) => breakText(cells[i] ?? '', limit));
  const height = Math.max(...broken.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    broken
      .map((lines, i) => {
        const text = lines[line] ?? '';
        const width = widths[i] as number;
        return i === 0 || align === 'left' ? text.padEnd(width) : text.padStart(width);
      })
      .join(GAP)
      .trimEnd(),
  );
}

/** Breaks a text at spaces into lines of at most `width`, a longer word on a line of its own. */
function breakText(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) as string;
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && longer.length > width) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

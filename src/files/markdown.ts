import { visible } from '../visible.js';

/** A table in Markdown, the first `words` columns of words, the others of numbers. */
export function markdownTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  words: number,
): string[] {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [row(header), row(header.map((_, i) => (i < words ? '---' : '---:'))), ...rows.map(row)];
}

/** A text in a cell or line of Markdown. Names come from files: none of them may open a cell, a tag, a link or a line. */
export function markdownText(text: string): string {
  return visible(text.replace(/\s+/g, ' ')).replace(/[\\|<>[\]`*_&]/g, '\\$&');
}

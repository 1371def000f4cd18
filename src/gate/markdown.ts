import { visible } from '../visible.js';
import type { GateReport } from './compare.js';
import { problemsOf } from './problems.js';
import { COLUMNS, headline, tableRows } from './table.js';

/** The report as Markdown, for a comment on a pull request. */
export function toMarkdown(report: GateReport): string {
  const problems = problemsOf(report).map((problem) => `- ${escapeCell(problem)}`);
  const row = (cells: readonly string[]) => `| ${cells.map(escapeCell).join(' | ')} |`;
  const rule = COLUMNS.map((_, i) => (i < 2 ? '---' : '---:'));
  return [
    `**${escapeCell(headline(report))}**`,
    ...(problems.length > 0 ? ['', ...problems] : []),
    '',
    row(COLUMNS),
    `| ${rule.join(' | ')} |`,
    ...tableRows(report).map(row),
    '',
  ].join('\n');
}

/** Names come from files: none of them may open a cell, a tag, a link or a line. */
function escapeCell(text: string): string {
  return visible(text.replace(/\s+/g, ' ')).replace(/[\\|<>[\]`*_&]/g, '\\$&');
}

import { markdownTable, markdownText } from '../files/markdown.js';
import type { GateReport } from './compare.js';
import { problemsOf } from './problems.js';
import { columnsOf, headline, tableRows } from './table.js';

/** The report as Markdown, for a comment on a pull request. */
export function toMarkdown(report: GateReport): string {
  const problems = problemsOf(report).map((problem) => `- ${markdownText(problem)}`);
  const rows = tableRows(report).map((row) => row.map(markdownText));
  return [
    `**${markdownText(headline(report))}**`,
    ...(problems.length > 0 ? ['', ...problems] : []),
    '',
    ...markdownTable(columnsOf(report), rows, 2),
    '',
  ].join('\n');
}

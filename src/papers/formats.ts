import { stringify } from 'csv-stringify/sync';
import { CSV_TEXT } from '../files/csv.js';
import { latexComment, latexText } from '../files/latex.js';
import { markdownTable, markdownText } from '../files/markdown.js';
import { intervalOf } from '../metrics/estimate.js';
import type { Direction } from '../metrics/metric.js';
import { metricCells, metricColumns } from '../results/tables.js';
import type { PaperCell, PaperColumn, PaperRow, PaperTable } from './table.js';
import type { TableFormat } from './table-formats.js';

const WRITERS: Record<TableFormat, (table: PaperTable) => string> = {
  markdown,
  latex,
  csv,
};

/** The table as text. */
export function formatPaperTable(table: PaperTable, format: TableFormat): string {
  return WRITERS[format](table);
}

/** How a format writes the parts of a cell. */
interface Style {
  number(text: string): string;
  bold(text: string): string;
  /** The mark of an interval that is no bootstrap. */
  readonly student: string;
}

function cellText(
  cell: PaperCell | undefined,
  { format }: PaperColumn,
  style: Style,
  intervals: boolean,
): string {
  if (!cell) return '–';
  const { estimate, best } = cell;
  const { value, low, high } = estimate;
  const text = style.number(format(value));
  const shown = best ? style.bold(text) : text;
  if (!intervals) return shown;
  if (low === undefined || high === undefined) return `${shown} [?]`;
  const mark = intervalOf(estimate) === 'student' ? style.student : '';
  return `${shown} [${style.number(format(low))}, ${style.number(format(high))}]${mark}`;
}

const ARROWS: Readonly<Record<Direction, string>> = { higher: '↑', lower: '↓', neutral: '' };

const MARKDOWN: Style = {
  number: (text) => text.replaceAll('-', '−'),
  bold: (text) => `**${text}**`,
  student: 't',
};

function markdown({ columns, groups, notes, intervals }: PaperTable): string {
  const several = groups.length > 1;
  const rows = groups.flatMap(({ network, rows: own }) =>
    own.map((row) => [
      ...(several ? [markdownText(network)] : []),
      markdownText(row.method),
      String(row.images),
      ...cellsOf(row, columns, (cell, column) =>
        cellText(cell, column, MARKDOWN, intervals).replace(/[[\]]/g, '\\$&'),
      ),
    ]),
  );
  const titles = columns.map(({ label, direction }) => `${markdownText(label)} ${ARROWS[direction]}`.trim());
  const header = [...(several ? ['network'] : []), 'method', 'n', ...titles];
  return [...markdownTable(header, rows, several ? 2 : 1), '', ...notes.map(markdownText), ''].join('\n');
}

const LATEX: Style = {
  number: (text) => text.replace(/^-/, '$-$').replace(/e(-?\d+)$/, '$\\cdot 10^{$1}$'),
  bold: (text) => `\\textbf{${text}}`,
  student: '$^{t}$',
};
const LATEX_ARROWS: Readonly<Record<Direction, string>> = {
  higher: ' $\\uparrow$',
  lower: ' $\\downarrow$',
  neutral: '',
};

/** A tabular with the rules of booktabs; what is to be said of it stands in comments, for the caption. */
function latex({ columns, groups, notes, intervals }: PaperTable): string {
  const titles = columns.map(({ label, direction }) => `${latexText(label)}${LATEX_ARROWS[direction]}`);
  const line = (cells: readonly string[]) => `${cells.join(' & ')} \\\\`;
  const bodies = groups.flatMap(({ network, rows }) => [
    '\\midrule',
    ...(groups.length > 1
      ? [`\\multicolumn{${columns.length + 2}}{l}{\\emph{${latexText(network)}}} \\\\`]
      : []),
    ...rows.map((row) =>
      line([
        latexText(row.method),
        String(row.images),
        ...cellsOf(row, columns, (cell, column) =>
          cellText(cell, column, LATEX, intervals).replace('–', '--'),
        ),
      ]),
    ),
  ]);
  return [
    ...notes.map(latexComment),
    latexComment('Needs \\usepackage{booktabs}.'),
    `\\begin{tabular}{lr${'r'.repeat(columns.length)}}`,
    '\\toprule',
    line(['Method', '$n$', ...titles]),
    ...bodies,
    '\\bottomrule',
    '\\end{tabular}',
    '',
  ].join('\n');
}

/** Every number with all its digits, the interval, and whether it would be bold. */
function csv({ columns, groups }: PaperTable): string {
  const header = [
    'network',
    'method',
    'images',
    ...columns.flatMap(({ id }) => [...metricColumns(id), `${id}_best`]),
  ];
  const rows = groups.flatMap(({ network, rows: own }) =>
    own.map(({ method, images, cells }) =>
      Object.assign(
        { network, method, images },
        ...columns.map(({ id, direction }, i) => {
          const cell = cells[i];
          if (!cell) return {};
          const best = direction === 'neutral' ? undefined : cell.best ? 'yes' : 'no';
          return { ...metricCells(id, cell.estimate), [`${id}_best`]: best };
        }),
      ),
    ),
  );
  return stringify(rows, { ...CSV_TEXT, header: true, columns: header });
}

function cellsOf(
  { cells }: PaperRow,
  columns: readonly PaperColumn[],
  text: (cell: PaperCell | undefined, column: PaperColumn) => string,
): string[] {
  return columns.map((column, i) => text(cells[i], column));
}

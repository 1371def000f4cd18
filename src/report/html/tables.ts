import type { Method, ResultTable } from './data.js';
import { html, type Markup } from './markup.js';
import { placeOf, swatch, unbroken, unbrokenWords } from './methods.js';
import { type Content, cell, type Format, formatOf } from './numbers.js';

type Entry = ResultTable['entries'][number];
type Better = ResultTable['columns'][number]['better'];

/** With so few columns an interval stands beside its value, not below. */
const ROOMY = 3;

/** With so many columns cells stand closer. */
const CROWDED = 8;

/** A table with more rows is folded. */
const LONG = 12;

/** A table that can be folded away; a long one is. */
export function foldedTable(table: ResultTable, methods: readonly Method[]): Markup {
  const { title, entries } = table;
  const long = entries.length > LONG;
  return html`<details class="fold"${!long && html` open`}><summary>${unbrokenWords(title)}${long && html` <span class="note">${entries.length} rows</span>`}</summary>${resultTable(table, methods, { titled: false })}</details>`;
}

/**
 * A table with intervals, the best value of a column marked, and who is tied with whom. Rows stand by network, then from
 * best to worst.
 */
export function resultTable(table: ResultTable, methods: readonly Method[], { titled = true } = {}): Markup {
  const { columns, entries, rows } = table;
  const ties = entries.some(({ tiedWith = [] }) => tiedWith.length > 0);
  const formats = columns.map((_, column) => formatOf(entries.map(({ cells }) => cells[column])));
  const networks = [...new Set(entries.map(({ network }) => network))];
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${table.title}"><table${spacing(table)}>
<caption><span${!titled && html` class="hidden"`}>${unbrokenWords(table.title)}</span>${table.note && html`<span class="note">${table.note}</span>`}</caption>
<thead><tr><th scope="col">${rows}</th>${columns.map(
    ({ title, note, better }) =>
      html`<th scope="col" class="number"${note && html` title="${note}"`}>${unbrokenWords(title)}${better && html`<span class="direction">${better} is better</span>`}</th>`,
  )}${ties && html`<th scope="col">tied with</th>`}</tr></thead>
${networks.map((network) => {
  const own = ranked(
    entries.filter((entry) => entry.network === network),
    columns,
  );
  const best = columns.map(({ better }, column) =>
    bestOf(
      own.map(({ cells }) => cells[column]),
      better,
    ),
  );
  return html`<tbody>${network !== undefined && html`<tr class="group"><th scope="rowgroup" colspan="${columns.length + 1 + Number(ties)}">${unbroken(network)}</th></tr>`}${own.map(
    ({ label, cells, tiedWith = [] }) =>
      html`<tr class="row"><th scope="row">${unbroken(label, swatch(methods, placeOf(methods, label, network)))}</th>${columns.map(
        (_, column) => cell(cells[column], formats[column] as Format, isBest(cells[column], best[column])),
      )}${ties && html`<td class="ties">${tiedWith.length === 0 ? '–' : tiedWith.map((method) => unbroken(method))}</td>`}</tr>`,
  )}</tbody>`;
})}</table></div>`;
}

/** Class of a table by its number of columns. */
function spacing({ columns }: ResultTable): Markup | false {
  if (columns.length <= ROOMY) return html` class="roomy"`;
  return columns.length >= CROWDED && html` class="crowded"`;
}

/** Rows by the first column that has a best end, best first; those without a value there last. */
function ranked(entries: readonly Entry[], columns: ResultTable['columns']): readonly Entry[] {
  const column = columns.findIndex(({ better }) => better !== undefined);
  if (column < 0) return entries;
  const sign = columns[column]?.better === 'lower' ? 1 : -1;
  const value = ({ cells }: Entry) => {
    const content = cells[column];
    return typeof content === 'object' ? sign * content.value : Number.POSITIVE_INFINITY;
  };
  return [...entries].sort((a, b) => value(a) - value(b) || 0);
}

function bestOf(contents: readonly Content[], better: Better): number | undefined {
  const values = contents.flatMap((content) => (typeof content === 'object' ? [content.value] : []));
  if (better === undefined || values.length < 2) return undefined;
  return values.reduce((best, value) =>
    better === 'higher' ? Math.max(best, value) : Math.min(best, value),
  );
}

function isBest(content: Content, best: number | undefined): boolean {
  return typeof content === 'object' && content.value === best;
}

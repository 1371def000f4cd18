import { columnFormat } from '../numbers.js';
import type { Estimate } from '../types.js';
import { html, type Markup } from './markup.js';

/** What a cell of a table holds: an estimate, a text, or nothing. */
export type Content = Estimate | string | undefined;

export type Format = (value: number) => string;

/** How the numbers of cells that stand together are written, with a real minus sign. */
export function formatOf(contents: readonly Content[]): Format {
  const values = contents.flatMap((content) => (typeof content === 'object' ? [content.value] : []));
  const format = columnFormat(values);
  return (value) => format(value).replaceAll('-', '−');
}

/** A longer text is broken into lines. */
const LONG_TEXT = 24;

/** A cell with its number and interval. */
export function cell(content: Content, format: Format, best = false): Markup {
  if (content === undefined) return html`<td class="number none">no value</td>`;
  if (typeof content === 'string')
    return html`<td class="${content.length > LONG_TEXT ? 'text' : 'number'}">${content}</td>`;
  const { value } = content;
  return html`<td class="number${best && ' best'}">${format(value)}${best && html`<span class="hidden"> (best)</span>`}${interval(content, format)}</td>`;
}

/** An interval below its value; Student's is marked, and one that is missing. */
function interval({ low, high, interval }: Estimate, format: Format): Markup | false {
  if (interval === 'unknown') return html` <span class="interval">unknown</span>`;
  if (low === undefined || high === undefined) return false;
  return html` <span class="interval">${format(low)} to ${format(high)}${interval === 'student' && ' (t)'}</span>`;
}

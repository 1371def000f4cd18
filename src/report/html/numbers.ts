import { shortNumber } from '../canvas.js';
import type { Estimate } from '../types.js';
import { html, type Markup } from './markup.js';

/** What a cell of a table holds: an estimate, a text, or nothing. */
export type Content = Estimate | string | undefined;

export type Format = (value: number) => string;

/** Numbers that stand together share their number of decimals: three significant digits for the largest. */
export function formatOf(contents: readonly Content[]): Format {
  const largest = contents.reduce((most, content) => {
    const size = typeof content === 'object' ? Math.abs(content.value) : 0;
    return Number.isFinite(size) ? Math.max(most, size) : most;
  }, 0);
  if (largest > 0 && (largest < 1e-3 || largest >= 1e6)) return shortNumber;
  const decimals = largest === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(largest)));
  return (value) => value.toFixed(decimals).replace('-', '−');
}

/** A cell with its number and interval. */
export function cell(content: Content, format: Format, best = false): Markup {
  if (content === undefined) return html`<td class="number none">no value</td>`;
  if (typeof content === 'string') return html`<td class="number">${content}</td>`;
  const { value } = content;
  return html`<td class="number${best && ' best'}">${format(value)}${best && html`<span class="hidden"> (best)</span>`}${interval(content, format)}</td>`;
}

/** An interval below its value; Student's is marked, and one that is missing. */
function interval({ low, high, interval }: Estimate, format: Format): Markup | false {
  if (interval === 'unknown') return html` <span class="interval">unknown</span>`;
  if (low === undefined || high === undefined) return false;
  return html` <span class="interval">${format(low)} to ${format(high)}${interval === 'student' && ' (t)'}</span>`;
}

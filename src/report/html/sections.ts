import { type Called, counted } from '../../input/called.js';
import { findingBars } from './bars.js';
import type { ReportData } from './data.js';
import { html, type Markup } from './markup.js';
import { unbrokenWords } from './methods.js';

/** What was found: sentences, what makes them doubtful, and one chart. */
export function findingOf({ finding, warnings, methods, failures, called }: ReportData): Markup {
  return html`${finding && html`<div class="words lead">${finding.sentences.map((sentence) => html`<p>${unbrokenWords(sentence)}</p>`)}</div>`}
${warnings.map((warning) => html`<p class="warning">${unbrokenWords(warning)}</p>`)}
${failures.length > 0 && html`<p class="warning">${missing(failures, called)} <a href="#failures">Which, and why</a></p>`}
${finding && findingBars(finding, methods)}`;
}

/** How it was measured: sentences, then facts. */
export function measured({ words, facts }: ReportData): Markup {
  return html`<div class="words">${words.map((sentence) => html`<p>${unbrokenWords(sentence)}</p>`)}</div>
<dl class="facts">${facts.map(({ name, value }) => html`<div><dt>${name}</dt><dd>${unbrokenWords(value)}</dd></div>`)}</dl>`;
}

/** Images that failed, with the reasons. */
export function failureList({ failures, called }: ReportData): Markup {
  const list = html`<ul class="failures">${failures.map(({ image, networks, reason }) => html`<li><code>${image}</code>${networks && ` on ${networks.join(', ')}`} ${reason}</li>`)}</ul>`;
  return html`<p>${missing(failures, called)}</p>
${failures.length > LONG ? html`<details class="fold"><summary>${failures.length} reasons</summary>${list}</details>` : list}`;
}

/** A longer list of failures is folded. */
const LONG = 20;

/** An image may be missing on one of several networks only, or with one method. */
function missing(failures: ReportData['failures'], called: Called): string {
  const { size } = new Set(failures.map(({ image }) => image));
  return `${counted(size, called)} ${size === 1 ? 'is' : 'are'} missing from the numbers, wholly or in part.`;
}

/** A record as nested lists, every key as it stands in run.json. */
export function recordList(record: Readonly<Record<string, unknown>>): Markup {
  return html`<dl class="record">${Object.entries(record).map(
    ([name, value]) => html`<div><dt>${name}</dt><dd>${recordValue(value)}</dd></div>`,
  )}</dl>`;
}

function recordValue(value: unknown): Markup | string {
  if (Array.isArray(value) && value.some((item) => typeof item === 'object' && item !== null)) {
    return html`<ol>${value.map((item) => html`<li>${recordValue(item)}</li>`)}</ol>`;
  }
  if (Array.isArray(value)) return value.join(', ');
  if (typeof value === 'object' && value !== null) return recordList(value as Record<string, unknown>);
  return String(value);
}

import { shortNumber } from '../canvas.js';
import { arranged } from '../order.js';
import { seriesStyle } from '../series.js';
import type { BarChart, Estimate } from '../types.js';
import type { ReportData, ResultTable } from './data.js';
import { html, type Markup } from './markup.js';

/** A part of the page that the contents list. */
export function section(id: string, title: string, ...content: (Markup | Markup[] | undefined)[]): Markup {
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${content.flat()}</section>`;
}

/** What was measured: sentences, then facts. */
export function overview({ words, facts }: ReportData): Markup {
  return section(
    'overview',
    'What was measured',
    html`<div class="words">${words.map((sentence) => html`<p>${sentence}</p>`)}</div>
<dl class="facts">${facts.map(({ name, value }) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`,
  );
}

/** With so few columns an interval stands beside its value, not below. */
const ROOMY = 3;

/** With so many columns cells stand closer. */
const CROWDED = 8;

/** Class of a table by its number of columns. */
function spacing({ columns }: ResultTable): Markup | false {
  if (columns.length <= ROOMY) return html` class="roomy"`;
  return columns.length >= CROWDED && html` class="crowded"`;
}

/** A table with intervals, the best value of a column marked, and who is tied with whom. */
export function resultTable(table: ResultTable, methods: readonly string[]): Markup {
  const ties = table.entries.some(({ tiedWith = [] }) => tiedWith.length > 0);
  const formats = table.columns.map((_, column) => formatOf(table.entries.map(({ cells }) => cells[column])));
  const best = table.columns.map(({ better }, column) =>
    bestOf(
      table.entries.map(({ cells }) => cells[column]),
      better,
    ),
  );
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${table.title}"><table${spacing(table)}>
<caption>${table.title}${table.note && html`<span class="note">${table.note}</span>`}</caption>
<thead><tr><th scope="col">${table.rows}</th>${table.columns.map(
    ({ title, note, better }) =>
      html`<th scope="col" class="number"${note && html` title="${note}"`}>${title}${better && html`<span class="direction">${better} is better</span>`}</th>`,
  )}${ties && html`<th scope="col">tied with</th>`}</tr></thead>
<tbody>${table.entries.map(
    ({ label, cells, tiedWith }) =>
      html`<tr><th scope="row">${swatch(methods.indexOf(label))}${unbroken(label)}</th>${table.columns.map(
        (_, column) => cell(cells[column], formats[column] as Format, isBest(cells[column], best[column])),
      )}${ties && html`<td>${tiedWith?.join(', ') || '–'}</td>`}</tr>`,
  )}</tbody></table></div>`;
}

/** A label that breaks between its names, never within one: "lrp-zplus · googlenet", "lrp-zplus − random". */
function unbroken(label: string): Markup[] {
  return label.split(/(?<= [·−] )/).map((part) => html`<span class="unbroken">${part.trimEnd()}</span> `);
}

/** Bars as a table: the number stands beside every bar. */
export function barTable(all: BarChart): Markup {
  const chart = arranged(all);
  const scale = barScale(chart);
  const format = formatOf(chart.series.flatMap(({ bars }) => bars));
  const legend = chart.series.length > 1;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${chart.title}"><table class="bars">
<caption>${chart.title}<span class="note">${[chart.x, ...(chart.notes ?? [])].join('; ')}</span></caption>
<thead><tr><th scope="col">class</th><th scope="col" class="number">images</th>${legend && html`<th scope="col">method</th>`}<th scope="col"><span class="hidden">bar</span></th><th scope="col" class="number">value</th></tr></thead>
<tbody>${chart.groups.map((name, group) =>
    chart.series.map(
      ({ label, bars }, index) =>
        html`<tr${index === 0 && html` class="first"`}>${
          index === 0 &&
          html`<th scope="row" rowspan="${chart.series.length}">${name}</th><td class="number" rowspan="${chart.series.length}">${chart.counts?.[group] ?? ''}</td>`
        }${legend && html`<td><span class="swatch hue${seriesStyle(index).hue}"></span>${label}</td>`}<td>${bar(bars[group], index, scale, chart.reference)}</td>${cell(bars[group], format, false)}</tr>`,
    ),
  )}</tbody></table></div>`;
}

/** Images that failed, with the reasons. */
export function failureList({ failures }: ReportData): Markup {
  return html`<p>${failures.length} ${failures.length === 1 ? 'image is' : 'images are'} missing from all numbers above.</p>
<ul class="failures">${failures.map(({ image, reason }) => html`<li><code>${image}</code> ${reason}</li>`)}</ul>`;
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

/** A patch in the colour of a series; the script adds its dashes and marker. */
export function swatch(index: number): Markup | undefined {
  return index < 0
    ? undefined
    : html`<span class="swatch hue${seriesStyle(index).hue}" data-series="${index}"></span>`;
}

type Format = (value: number) => string;

/** Numbers of a column share their number of decimals: three significant digits for the largest. */
function formatOf(cells: readonly (Estimate | string | undefined)[]): Format {
  const sizes = cells.flatMap((value) => (typeof value === 'object' ? [Math.abs(value.value)] : []));
  const largest = Math.max(...sizes.filter(Number.isFinite), 0);
  if (largest > 0 && (largest < 1e-3 || largest >= 1e6)) return shortNumber;
  const decimals = largest === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(largest)));
  return (value) => value.toFixed(decimals).replace('-', '−');
}

function cell(content: Estimate | string | undefined, format: Format, best: boolean): Markup {
  if (content === undefined) return html`<td class="number none">no value</td>`;
  if (typeof content === 'string') return html`<td class="number">${content}</td>`;
  const { value } = content;
  return html`<td class="number${best && ' best'}">${format(value)}${best && html`<span class="hidden"> (best)</span>`}${intervalCell(content, format)}</td>`;
}

/** An interval below its value; Student's is marked, and one that is missing. */
function intervalCell({ low, high, interval }: Estimate, format: Format): Markup | false {
  if (interval === 'unknown') return html` <span class="interval">unknown</span>`;
  if (low === undefined || high === undefined) return false;
  return html` <span class="interval">${format(low)} to ${format(high)}${interval === 'student' && ' (t)'}</span>`;
}

function bestOf(cells: readonly (Estimate | string | undefined)[], better: 'higher' | 'lower' | undefined) {
  const values = cells.flatMap((value) => (typeof value === 'object' ? [value.value] : []));
  if (better === undefined || values.length < 2) return undefined;
  return better === 'higher' ? Math.max(...values) : Math.min(...values);
}

function isBest(content: Estimate | string | undefined, best: number | undefined): boolean {
  return typeof content === 'object' && content.value === best;
}

const BAR_WIDTH = 320;
const BAR_HEIGHT = 14;

/** From values to the width of the bar column, zero and all intervals included. */
function barScale({ series, reference = 0 }: BarChart): (value: number) => number {
  const ends = series.flatMap(({ bars }) =>
    bars.flatMap((one) => (one ? [one.value, one.low ?? one.value, one.high ?? one.value] : [])),
  );
  const low = Math.min(0, reference, ...ends);
  const high = Math.max(0, reference, ...ends);
  return (value) => 2 + ((value - low) / (high - low || 1)) * (BAR_WIDTH - 4);
}

function bar(
  estimate: Estimate | undefined,
  index: number,
  scale: (value: number) => number,
  reference: number | undefined,
): Markup {
  const zero = scale(0);
  const middle = BAR_HEIGHT / 2;
  const end = estimate ? scale(estimate.value) : zero;
  const whisker =
    estimate?.low !== undefined &&
    estimate.high !== undefined &&
    html`<path class="whisker"${estimate.interval === 'student' && html` stroke-dasharray="3"`} d="M${scale(estimate.low)} ${middle}H${scale(estimate.high)}M${scale(estimate.low)} ${middle - 3}v6M${scale(estimate.high)} ${middle - 3}v6"/>`;
  const line =
    reference !== undefined && html`<path class="reference" d="M${scale(reference)} 0v${BAR_HEIGHT}"/>`;
  return html`<svg class="bar" viewBox="0 0 ${BAR_WIDTH} ${BAR_HEIGHT}" preserveAspectRatio="none" aria-hidden="true"><rect class="hue${seriesStyle(index).hue}" x="${Math.min(zero, end)}" width="${Math.abs(end - zero)}" y="1" height="${BAR_HEIGHT - 2}"/>${line}${whisker}</svg>`;
}

import { type Called, IMAGES } from '../../input/called.js';
import { arranged, reachOf } from '../bar-chart.js';
import { seriesStyle } from '../series.js';
import type { BarChart, Estimate } from '../types.js';
import type { Method, ReportFinding } from './data.js';
import { html, type Markup } from './markup.js';
import { placeOf, styleOf, unbroken } from './methods.js';
import { cell, type Format, formatOf } from './numbers.js';

/** The bars of a group: one a row. */
interface Group {
  /** Over its rows, where there are several. */
  readonly name?: string;
  readonly count?: string | undefined;
  readonly rows: readonly { label: string; hue: number; bar: Estimate | undefined }[];
}

/** So many rows are shown; the groups behind them are folded. */
const SHOWN = 40;

/**
 * Bars as tables, the number beside every bar. Groups are {@link arranged}; those behind the first ones are folded away.
 *
 * @param called what counts of groups count
 */
export function barTables(all: BarChart, methods: readonly Method[], called: Called = IMAGES): Markup {
  const chart = arranged(all);
  const { groups: names, counts, series } = chart;
  const hues = series.map(({ label }, index) => hueOf(methods, label, index));
  const groups = names.map((name, group): Group => {
    const rows = series.map(({ label, bars }, index) => ({ label, hue: hues[index] ?? 0, bar: bars[group] }));
    const count = counts && countOf(counts[group] as string, called);
    const [only] = rows;
    // A bar that is alone in its group needs no other name.
    return rows.length === 1 && only ? { count, rows: [{ ...only, label: name }] } : { name, count, rows };
  });
  const first = Math.max(1, Math.floor(SHOWN / series.length));
  const rest = groups.slice(first);
  return html`${barTable(chart, groups.slice(0, first), chart.title)}${
    rest.length > 0 &&
    html`<details class="fold"><summary>${rest.length} more <span class="note">smaller values</span></summary>${barTable(chart, rest)}</details>`
  }`;
}

/** "1 image", "1 to 2 images". */
function countOf(count: string, { sample, samples }: Called): string {
  return `${count} ${count === '1' ? sample : samples}`;
}

/** The chart of a finding: networks one below the other, the methods of each from best to worst. */
export function findingBars({ chart, better }: ReportFinding, methods: readonly Method[]): Markup {
  const sign = better === 'lower' ? 1 : -1;
  const value = (bar: Estimate | undefined) => (bar ? sign * bar.value : Number.POSITIVE_INFINITY);
  const groups = chart.groups.map((network, group): Group => {
    const rows = chart.series.map(({ label, bars }, index) => ({
      label,
      hue: hueOf(methods, label, index),
      bar: bars[group],
    }));
    if (better) rows.sort((a, b) => value(a.bar) - value(b.bar) || 0);
    return { ...(chart.groups.length > 1 && { name: network }), rows };
  });
  return barTable(chart, groups, chart.title);
}

/** The colour of a series: of the method that it is called after. */
function hueOf(methods: readonly Method[], label: string, index: number): number {
  const place = placeOf(methods, label);
  return place < 0 ? seriesStyle(index).hue : styleOf(methods, place).hue;
}

function barTable(chart: BarChart, groups: readonly Group[], title?: string): Markup {
  const scale = scaleOf(chart);
  const format = formatOf(chart.series.flatMap(({ bars }) => bars));
  const { x, notes = [], reference } = chart;
  return html`<table class="bars">
${title !== undefined && html`<caption>${title}<span class="note">${[x, ...notes].join('; ')}${reference !== undefined && `; dotted line: ${reference}`}</span></caption>`}
<thead class="hidden"><tr><th scope="col">name</th><th scope="col">bar</th><th scope="col">value</th></tr></thead>
${groups.map((group) => groupRows(group, scale, format, reference))}</table>`;
}

function groupRows(
  { name, count, rows }: Group,
  scale: Scale,
  format: Format,
  reference: number | undefined,
): Markup {
  const behind = count !== undefined && html` <span class="note">${count}</span>`;
  return html`<tbody>${name !== undefined && html`<tr class="group"><th scope="rowgroup" colspan="3">${unbroken(name)}${behind}</th></tr>`}${rows.map(
    ({ label, hue, bar }) =>
      html`<tr class="row"><th scope="row">${unbroken(label, name === undefined ? undefined : html`<span class="swatch hue${hue}"></span>`)}${name === undefined && behind}</th><td class="track">${barOf(bar, hue, scale, reference)}</td>${cell(bar, format)}</tr>`,
  )}</tbody>`;
}

const BAR_WIDTH = 320;
const BAR_HEIGHT = 14;

type Scale = (value: number) => number;

/** From values to the width of the bar column. */
function scaleOf(chart: BarChart): Scale {
  const [low, high] = reachOf(chart);
  return (value) => 2 + ((value - low) / (high - low || 1)) * (BAR_WIDTH - 4);
}

function barOf(
  estimate: Estimate | undefined,
  hue: number,
  scale: Scale,
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
  return html`<svg class="bar" viewBox="0 0 ${BAR_WIDTH} ${BAR_HEIGHT}" preserveAspectRatio="none" aria-hidden="true"><rect class="hue${hue}" x="${Math.min(zero, end)}" width="${Math.abs(end - zero)}" y="1" height="${BAR_HEIGHT - 2}"/>${line}${whisker}</svg>`;
}

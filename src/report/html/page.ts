import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { writeAtomic } from '../../files/atomic.js';
import { SERIES_COLORS, seriesStyle } from '../series.js';
import type { Gallery, ReportData } from './data.js';
import { galleryCard, galleryControls, unitRectangles } from './gallery.js';
import { html, jsonBlock, type Markup, trusted } from './markup.js';
import { barTable, failureList, overview, recordList, resultTable, section, swatch } from './sections.js';
import { signalPieces } from './signals.js';

/**
 * The browser's part, in the order in which it runs: plain JavaScript modules that need no build, lie in src/ only, and
 * are found from src/ and from dist/ alike.
 */
const CLIENT = new URL('../../../src/report/html/client/', import.meta.url);
const SCRIPTS = ['dom.js', 'chart.js', 'curves.js', 'player.js', 'gallery.js', 'main.js'];

/**
 * Writes report.html: one file that holds everything it shows, asks the network for nothing, and runs no script but
 * its own. Images of the gallery are loaded and written one by one.
 */
export async function writeReport(path: string, data: ReportData): Promise<void> {
  await writeAtomic(path, reportPieces(data));
}

/** The report piece by piece, as {@link writeReport} writes it. */
async function* reportPieces(data: ReportData): AsyncGenerator<string> {
  const read = (name: string) => readFile(new URL(name, CLIENT), 'utf8');
  const script = inOneScope(await Promise.all(SCRIPTS.map(read)));
  const style = `${seriesVariables()}\n${await read('report.css')}`;
  const { gallery, scores, bars, tables, failures, methods } = data;
  yield String(head(data, script, style));
  yield String(overview(data));
  if (scores) yield String(section('scores', 'Methods', resultTable(scores, methods)));
  if (data.curves.length > 0) yield String(section('curves', 'Curves', curvesArea(data)));
  if (bars.length > 0) yield String(section('bars', 'Boxes', bars.map(barTable)));
  if (tables.length > 0) {
    yield String(
      section(
        'tables',
        'More results',
        tables.map((table) => resultTable(table, methods)),
      ),
    );
  }
  if (gallery) {
    yield `<section id="gallery" aria-labelledby="gallery-title"><h2 id="gallery-title">Gallery</h2>`;
    yield `${galleryControls(data)}<div id="cards">`;
    for (const [number, load] of gallery.images.entries()) {
      yield String(await galleryCard(await load(), gallery, methods, number));
    }
    yield '</div></section>';
  }
  if (data.signals) {
    yield `<section id="signals" aria-labelledby="signals-title"><h2 id="signals-title">Signals</h2>`;
    for await (const piece of signalPieces(data.signals)) yield String(piece);
    yield '</section>';
  }
  if (failures.length > 0) yield String(section('failures', 'Failures', failureList(data)));
  const records = data.records.map(
    ({ title, record }) => html`<details open><summary>${title}</summary>${recordList(record)}</details>`,
  );
  if (records.length > 0) yield String(section('records', 'Definition', records));
  yield String(html`</main>${pageData(data)}${trusted('script', script)}</body></html>`);
}

/** A page without files cannot import: the modules share one scope instead, each after those that it needs. */
function inOneScope(modules: readonly string[]): string {
  const bodies = modules.map((text) => text.replace(/^import [^;]*;\n/gm, '').replace(/^export /gm, ''));
  return `'use strict';\n{\n${bodies.join('\n')}\n}`;
}

function head(data: ReportData, script: string, style: string): Markup {
  const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  // Were something ever to slip through the escaping, it still could not run or call home.
  const policy = `default-src 'none'; img-src data:; script-src ${hash(script)}; style-src ${hash(style)}; base-uri 'none'; form-action 'none'`;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">
<title>${data.title}</title>${trusted('style', style)}</head>
<body><a class="skip" href="#overview">Skip to the results</a>
<header><nav aria-label="Contents">${contents(data).map(
    ([id, title]) => html`<a href="#${id}">${title}</a>`,
  )}</nav><button type="button" id="theme" hidden>Dark</button></header>
<main><h1>${data.title}</h1><noscript><p>Curves, sorting and the perturbation player need JavaScript; all numbers and heatmaps are here without it.</p></noscript>`;
}

function contents({
  scores,
  curves,
  bars,
  tables,
  gallery,
  signals,
  failures,
  records,
}: ReportData): [string, string][] {
  const sections: [string, string, boolean][] = [
    ['overview', 'What was measured', true],
    ['scores', 'Methods', scores !== undefined],
    ['curves', 'Curves', curves.length > 0],
    ['bars', 'Boxes', bars.length > 0],
    ['tables', 'More results', tables.length > 0],
    ['gallery', 'Gallery', gallery !== undefined],
    ['signals', 'Signals', signals !== undefined],
    ['failures', 'Failures', failures.length > 0],
    ['records', 'Definition', records.length > 0],
  ];
  return sections.flatMap(([id, title, present]) => (present ? [[id, title]] : []));
}

const ORDERS = {
  morf: 'most relevant first',
  lerf: 'least relevant first',
  difference: 'difference LeRF − MoRF',
  insertion: 'insertion',
};

/** Choices for the curves; the script draws them. */
function curvesArea({ curves, methods }: ReportData): Markup {
  const orders = (Object.keys(ORDERS) as (keyof typeof ORDERS)[]).filter((order) =>
    curves.some((view) => view.order === order),
  );
  return html`<div class="controls" id="curve-controls">
<fieldset><legend>Order</legend>${orders.map(
    (order, index) =>
      html`<label><input type="radio" name="order" value="${order}"${index === 0 && html` checked`}> ${ORDERS[order]}</label>`,
  )}</fieldset>
<fieldset><legend>Scale</legend><label><input type="radio" name="relative" value="false" checked> absolute</label><label><input type="radio" name="relative" value="true"> relative to random</label></fieldset>
</div>
<div class="legend" role="group" aria-label="Methods shown">${methods.map(
    (method, index) =>
      html`<button type="button" class="toggle" data-method="${index}" aria-pressed="true">${swatch(index)}${method}</button>`,
  )}</div>
<div class="chart" id="curve-chart"></div>
<p class="note">Bands are confidence intervals over images. Point at the chart, or focus it and use the arrow keys, to read the values at a step.</p>
<div id="readout" class="hidden" aria-live="polite"></div>`;
}

function pageData({ methods, curves, gallery }: ReportData): Markup {
  return jsonBlock('page-data', {
    methods: methods.map((id, index) => ({ id, ...seriesStyle(index) })),
    curves,
    gallery: gallery && galleryData(gallery),
  });
}

function galleryData({ score, width, height, units, fill }: Gallery) {
  return { score, width, height, units: units && unitRectangles(units), fill };
}

/** The colours of the series for light and dark ground, as CSS. */
function seriesVariables(): string {
  const variables = (ground: 'light' | 'dark') =>
    SERIES_COLORS.map((color, hue) => `--hue${hue}:${color[ground]};`).join('');
  const classes = SERIES_COLORS.map((_, hue) => `.hue${hue}{--hue:var(--hue${hue})}`).join('');
  return `:root{${variables('light')}}
@media screen{:root[data-theme=dark]{${variables('dark')}}}
@media screen and (prefers-color-scheme:dark){:root:not([data-theme=light]){${variables('dark')}}}
${classes}`;
}

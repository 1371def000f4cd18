import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ResultTable } from './data.js';
import { html, trusted } from './markup.js';
import { resultTable } from './tables.js';

/** What a page about several runs shows. All texts are plain text. */
export interface ComparisonData {
  readonly title: string;
  readonly notes: readonly string[];
  readonly sections: readonly ComparisonSection[];
}

export interface ComparisonSection {
  readonly title: string;
  /** SVG. */
  readonly chart?: string;
  readonly tables: readonly ResultTable[];
}

const STYLE = new URL('../../../src/report/html/client/report.css', import.meta.url);

/** Charts are no wider than the page. */
const PLOTS = '.plot{max-width:100%;height:auto}';

/** One file that holds everything it shows, asks the network for nothing, and runs no script. */
export async function comparisonPage({ title, notes, sections }: ComparisonData): Promise<string> {
  const style = `${await readFile(STYLE, 'utf8')}\n${PLOTS}`;
  const hash = createHash('sha256').update(style).digest('base64');
  const policy = `default-src 'none'; img-src data:; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  return String(html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">
<title>${title}</title>${trusted('style', style)}</head>
<body><header><nav aria-label="Contents">${sections.map(
    ({ title: name }, i) => html`<a href="#section-${i}">${name}</a>`,
  )}</nav></header>
<main><h1>${title}</h1>${notes.map((note) => html`<p>${note}</p>`)}
${sections.map(
  ({ title: name, chart, tables }, i) =>
    html`<section id="section-${i}" aria-labelledby="section-${i}-title"><h2 id="section-${i}-title">${name}</h2>${
      chart !== undefined &&
      html`<img class="plot" alt="${name}" src="data:image/svg+xml;base64,${Buffer.from(chart).toString('base64')}">`
    }${tables.map((table) => resultTable(table, []))}</section>`,
)}</main></body></html>
`);
}

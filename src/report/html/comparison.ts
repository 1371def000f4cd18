import type { BarChart } from '../types.js';
import { barTables } from './bars.js';
import type { ResultTable } from './data.js';
import { clientScript, documentHead, pageStyle } from './document.js';
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
  readonly chart?: BarChart;
  readonly tables: readonly ResultTable[];
}

/** One file, as {@link documentHead} begins it. */
export async function comparisonPage({ title, notes, sections }: ComparisonData): Promise<string> {
  const script = await clientScript(['tables.js'], 'startTables();');
  return String(html`${documentHead(title, script, await pageStyle())}<body><header><nav aria-label="Contents">${sections.map(
    ({ title: name }, i) => html`<a href="#section-${i}">${name}</a>`,
  )}</nav></header>
<main><h1>${title}</h1>${notes.map((note) => html`<p>${note}</p>`)}
${sections.map(
  ({ title: name, chart, tables }, i) =>
    html`<section id="section-${i}" aria-labelledby="section-${i}-title"><h2 id="section-${i}-title">${name}</h2>${
      chart && barTables(chart, [])
    }${tables.map((table) => resultTable(table, []))}</section>`,
)}</main>${trusted('script', script)}</body></html>
`);
}

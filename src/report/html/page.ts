import { writeAtomic } from '../../files/atomic.js';
import { barTables } from './bars.js';
import { curvesArea } from './curves.js';
import type { Gallery, Method, ReportData } from './data.js';
import { clientScript, documentHead, pageStyle } from './document.js';
import { galleryCards, galleryControls, heatmapPalettes, unitRectangles } from './gallery.js';
import { html, jsonBlock, type Markup, trusted } from './markup.js';
import { styleOf, unbrokenWords } from './methods.js';
import { failureList, findingOf, measured, recordList } from './sections.js';
import { signalPieces } from './signals.js';
import { foldedTable, resultTable } from './tables.js';
import { textPieces, wordColours } from './texts.js';

/** The browser's part, in the order in which it runs. */
const SCRIPTS = [
  'dom.js',
  'chart.js',
  'curves.js',
  'player.js',
  'values.js',
  'zoom.js',
  'gallery.js',
  'tables.js',
  'main.js',
];

/**
 * Writes report.html: one file that holds everything it shows, asks the network for nothing, and runs no script but
 * its own. Images of the gallery are loaded and written one by one.
 */
export async function writeReport(path: string, data: ReportData): Promise<void> {
  await writeAtomic(path, reportPieces(data));
}

type Pieces = Iterable<Markup> | AsyncIterable<Markup>;

/** A part of the page, which the contents list where there is something in it. */
interface Section {
  readonly id: string;
  readonly title: string;
  /** Its markup, piece by piece where it is long; nothing where there is none. */
  content(data: ReportData): Pieces | undefined | false;
}

/** In the order of reading: the finding, what it rests on, and how that was measured. */
const SECTIONS: readonly Section[] = [
  {
    id: 'finding',
    title: 'Finding',
    content: (data) => (data.finding || data.warnings.length + data.failures.length > 0) && [findingOf(data)],
  },
  {
    id: 'curves',
    title: 'Curves',
    content: (data) => data.curves.length > 0 && [curvesArea(data)],
  },
  {
    id: 'scores',
    title: 'Methods',
    content: ({ scores, methods }) => scores && [resultTable(scores, methods)],
  },
  {
    id: 'ranks',
    title: 'Ranks',
    content: ({ ranks, methods }) =>
      ranks && [
        html`<div class="words">${ranks.sentences.map((sentence) => html`<p>${unbrokenWords(sentence)}</p>`)}</div>`,
        ...ranks.tables.map((table) => resultTable(table, methods)),
      ],
  },
  {
    id: 'bars',
    title: 'Boxes, channels, groups',
    content: ({ bars, methods, called }) =>
      bars.length > 0 && bars.map((chart) => barTables(chart, methods, called)),
  },
  {
    id: 'tables',
    title: 'More results',
    content: ({ tables, methods }) => tables.length > 0 && tables.map((table) => foldedTable(table, methods)),
  },
  {
    id: 'gallery',
    title: 'Gallery',
    content: (data) => data.gallery && galleryPieces(data.gallery, data),
  },
  {
    id: 'signals',
    title: 'Signals',
    content: ({ signals }) => signals && signalPieces(signals),
  },
  {
    id: 'texts',
    title: 'Texts',
    content: ({ texts }) => texts && textPieces(texts),
  },
  {
    id: 'failures',
    title: 'Failures',
    content: (data) => data.failures.length > 0 && [failureList(data)],
  },
  {
    id: 'measured',
    title: 'How it was measured',
    content: (data) => [measured(data)],
  },
  {
    id: 'records',
    title: 'Definition',
    content: ({ records }) =>
      records.length > 0 &&
      records.map(
        ({ title, record }) =>
          html`<details class="fold"><summary>${title}</summary>${recordList(record)}</details>`,
      ),
  },
];

/** The report piece by piece, as {@link writeReport} writes it. */
async function* reportPieces(data: ReportData): AsyncGenerator<string> {
  const script = await clientScript(SCRIPTS);
  const sections = SECTIONS.flatMap(({ content, ...named }) => {
    const pieces = content(data);
    return pieces ? [{ ...named, pieces }] : [];
  });
  const style = `${nameWidth(data)}\n${await pageStyle()}${data.texts ? `\n${wordColours()}` : ''}`;
  yield String(documentHead(data.title, script, style));
  yield String(opening(data, sections));
  for (const { id, title, pieces } of sections) {
    yield String(html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>`);
    for await (const piece of pieces) yield String(piece);
    yield '</section>';
  }
  yield String(html`</main>${pageData(data)}${trusted('script', script)}</body></html>`);
}

async function* galleryPieces(gallery: Gallery, { methods, curves }: ReportData): AsyncGenerator<Markup> {
  yield galleryControls(gallery, methods, curves.length > 0);
  yield html`<div id="cards">`;
  yield* galleryCards(gallery, methods);
  yield html`</div>`;
}

function opening(data: ReportData, sections: readonly Pick<Section, 'id' | 'title'>[]): Markup {
  return html`<body><a class="skip" href="#results">Skip to the results</a>
<header><nav aria-label="Contents">${sections.map(
    ({ id, title }) => html`<a href="#${id}">${title}</a>`,
  )}</nav><button type="button" id="theme" hidden>Dark</button></header>
<main id="results"><h1>${unbrokenWords(data.title)}</h1><p class="subtitle">${unbrokenWords(data.subtitle)}</p><noscript><p>Curves, sorting, zoom and the perturbation player need JavaScript; all numbers and heatmaps are here without it.</p></noscript>`;
}

function pageData({ methods, curves, gallery }: ReportData): Markup {
  return jsonBlock('page-data', {
    methods: methods.map(({ label }, place) => ({ id: label, ...styleOf(methods, place) })),
    curves,
    gallery: gallery && galleryData(gallery, methods),
  });
}

function galleryData(gallery: Gallery, methods: readonly Method[]) {
  const { score, width, height, units, fill } = gallery;
  const palettes = heatmapPalettes(gallery, methods);
  return { score, width, height, units: units && unitRectangles(units), fill, palettes };
}

/** Heatmaps are as wide as the longest name of a method, so that no name breaks; as far as it fits a phone. */
function nameWidth({ methods }: ReportData): string {
  const longest = methods.reduce((most, { name }) => Math.max(most, name.length), 0);
  return `:root{--longest-name:${Math.min(longest, 34)}ch}`;
}

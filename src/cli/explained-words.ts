import { byToken, type Document } from '../input/document.js';
import type { Explanation } from '../library/explain.js';
import { commonLimit } from '../report/colormaps.js';
import { inTerminal } from '../report/text/terminal.js';
import { type ColouredWord, colouredWords } from '../report/text/words.js';
import { print, printColoured } from './output.js';

/** Words that are named where there are no colours. */
const NAMED = 5;

/** The words of a document on coloured ground, a paragraph a method; the strongest ones by name where there are no colours. */
export function printWords(title: string, document: Document, explanations: readonly Explanation[]): void {
  print(`\n${title}\n`);
  for (const { method, heatmap } of explanations) {
    const map = byToken(heatmap, document);
    const words = colouredWords(document, map, commonLimit([map]));
    print(`${method}: `);
    if (process.stdout.isTTY) printColoured(`${inTerminal(words)}\n`);
    else print(`${strongest(words)}\n`);
  }
}

function strongest(words: readonly ColouredWord[]): string {
  return words
    .toSorted((a, b) => Math.abs(b.relevance) - Math.abs(a.relevance))
    .slice(0, NAMED)
    .map(({ text, relevance }) => `${text} ${relevance.toPrecision(3)}`)
    .join(', ');
}
